import { defineConfig } from "vitest/config";
import vue from "@vitejs/plugin-vue";

export default defineConfig({ plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === "xiaobao-chat" } } })], test: { environment: "jsdom", include: ["**/*.test.ts"], exclude: ["node_modules/**", "dist/**"] } });
