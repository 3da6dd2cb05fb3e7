import type { SocketLike } from "../state/connection";

/** Opens the desk socket of the server that this page came from. */
export function openDeskSocket(): SocketLike {
  const address = new URL("/desk/socket", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  const adapter: SocketLike = {
    send(frame) {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close: (code) => socket.close(code),
    onmessage: null,
    onclose: null,
  };
  socket.onmessage = (event: MessageEvent<unknown>) => adapter.onmessage?.(event);
  socket.onclose = (event) => adapter.onclose?.(event);
  return adapter;
}
