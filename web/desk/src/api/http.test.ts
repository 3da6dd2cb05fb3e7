import { describe, expect, it } from "vitest";
import { createDeskApi } from "./desk_api";
import { createHttp, DeskError } from "./http";

/** A `fetch` with prepared answers, and what it was asked. */
function answering(...answers: Response[]): { fetcher: typeof fetch; asked: string[]; bodies: (string | null)[]; tokens: (string | null)[] } {
  const [asked, bodies, tokens]: [string[], (string | null)[], (string | null)[]] = [[], [], []];
  const fetcher = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    asked.push(`${init?.method} ${String(input)}`);
    bodies.push(typeof init?.body === "string" ? init.body : null);
    tokens.push(new Headers(init?.headers).get("X-CSRF-Token"));
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError("no network");
    return answer;
  };
  return { fetcher, asked, bodies, tokens };
}
const refusal = (status: number, code: string): Response => new Response(JSON.stringify({ error: { code, message: "没有找到这个工单。" } }), { status });
const pack = (disposition: string): Response => new Response("PK", { headers: { "Content-Disposition": disposition } });

describe("download", () => {
  it("asks with the reason and names the file as the server does", async () => {
    const { fetcher, asked, bodies } = answering(pack('attachment; filename="evidence-XB1.zip"'));
    const file = await createDeskApi(createHttp("/desk/api", fetcher)).exportEvidence("XB1", "民警索取");
    expect(asked).toEqual(["POST /desk/api/cases/XB1/evidence"]);
    expect(JSON.parse(bodies[0] ?? "")).toEqual({ reason: "民警索取" });
    expect([file.name, await file.blob.text()]).toEqual(["evidence-XB1.zip", "PK"]);
  });

  it.each(["", "attachment", 'attachment; filename="../../etc/passwd"', 'attachment; filename="a\\b"'])("takes no name from %s", async (disposition) => {
    const { fetcher } = answering(pack(disposition));
    expect((await createHttp("", fetcher).download("GET", "/x")).name).toBe("download");
  });

  it("passes on the server's refusal", async () => {
    const { fetcher } = answering(refusal(404, "case_not_found"));
    const refused = createHttp("", fetcher).download("POST", "/x", {});
    await expect(refused).rejects.toMatchObject({ code: "case_not_found", message: "没有找到这个工单。" });
  });

  it("tries once more with the present token", async () => {
    const me = new Response(JSON.stringify({ csrf: "new" }));
    const { fetcher, tokens } = answering(refusal(403, "csrf_invalid"), me, pack(""));
    const http = createHttp("", fetcher);
    http.csrf = "old";
    await http.download("POST", "/x", {});
    expect(tokens).toEqual(["old", null, "new"]);
  });

  it("tells of a broken network", async () => {
    const { fetcher } = answering();
    await expect(createHttp("", fetcher).download("GET", "/x")).rejects.toBeInstanceOf(DeskError);
  });
});

describe("flags", () => {
  it("leaves out what is not chosen", async () => {
    const { fetcher, asked, bodies } = answering(new Response("{}"), new Response("{}"), pack(""));
    const api = createDeskApi(createHttp("", fetcher));
    await api.flags({ state: "", type: "money_mule", page: 2 });
    await api.actOnFlag("f/1", { path: "appeal/decide", outcome: "granted", note: "误判" });
    await api.exportFlags({ from: "2026-01-01", to: "" });
    expect(asked).toEqual(["GET /flags?type=money_mule&page=2", "POST /flags/f%2F1/appeal/decide", "GET /flags/export.csv?from=2026-01-01"]);
    expect(JSON.parse(bodies[1] ?? "")).toEqual({ outcome: "granted", note: "误判" });
  });
});
