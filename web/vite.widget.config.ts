import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

// Host pages load the widget on every view, so its size is a promise.
const LIMIT_BYTES = 40 * 1024;
const STYLES = ["shared/tokens.css", "widget/src/css/panel.css", "widget/src/css/messages.css", "widget/src/css/files.css", "widget/src/css/ratings.css"];

/** Prints the compressed size of the widget and fails the build above the limit. */
function limitSize(): Plugin {
  return {
    name: "limit-size",
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        const size = gzipSync(chunk.code).byteLength;
        this.info(`${chunk.fileName}: ${(size / 1024).toFixed(1)} KiB gzipped of ${LIMIT_BYTES / 1024} allowed`);
        if (size > LIMIT_BYTES) this.error(`${chunk.fileName} is ${size} bytes gzipped, more than ${LIMIT_BYTES}`);
      }
    },
  };
}

/** Writes the widget's styles to a file too, for browsers without constructable style sheets. */
function styleFile(): Plugin {
  return {
    name: "style-file",
    generateBundle() {
      const source = STYLES.map((file) => readFileSync(resolve(import.meta.dirname, file), "utf8")).join("\n");
      this.emitFile({ type: "asset", fileName: "widget.css", source });
    },
  };
}

// One self-contained script that a host page embeds with a single tag.
export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  plugins: [limitSize(), styleFile()],
  build: {
    outDir: resolve(import.meta.dirname, "dist"),
    emptyOutDir: false,
    // Phones that are handed down in families: iOS 14 and Android web views of 2020.
    target: ["es2020", "safari14", "chrome80"],
    lib: { entry: resolve(import.meta.dirname, "widget/src/define.ts"), name: "Xiaobao", formats: ["iife"], fileName: () => "widget.js" },
  },
});
