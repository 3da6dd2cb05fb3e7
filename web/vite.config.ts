import { resolve } from "node:path";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// The zone (/) and the desk (/desk/) are two pages of one build; the widget has a configuration of its own.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === "xiaobao-chat" } } })],
  build: {
    outDir: resolve(import.meta.dirname, "dist"),
    emptyOutDir: true,
    // The content security policy allows no inline data beyond images.
    assetsInlineLimit: 0,
    rollupOptions: {
      input: {
        zone: resolve(import.meta.dirname, "index.html"),
        desk: resolve(import.meta.dirname, "desk/index.html"),
      },
    },
  },
  server: { proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true }, "/desk/api": "http://127.0.0.1:8080", "/desk/socket": { target: "http://127.0.0.1:8080", ws: true } } },
});
