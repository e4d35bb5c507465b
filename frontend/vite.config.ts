import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { offlineApi } from "./scripts/offline-api.ts";

const webPort = Number(process.env.WEB_PORT ?? 3001);
const apiPort = Number(process.env.API_PORT ?? 4000);
const isOffline = process.env.PARLEY_OFFLINE === "1";

export default defineConfig({
  plugins: [
    tanstackRouter({ target: "react", autoCodeSplitting: true }),
    react(),
    tailwindcss(),
    isOffline ? offlineApi() : null,
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: { target: "baseline-widely-available", sourcemap: "hidden", manifest: true },
  server: {
    host: "127.0.0.1",
    port: webPort,
    strictPort: true,
    proxy: isOffline ? {} : { "/api": `http://127.0.0.1:${apiPort}` },
  },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://parley.test/" } },
    setupFiles: ["./src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: false,
    restoreMocks: true,
    maxWorkers: 2,
    // A person takes a while to fill in a form, on a machine that does something else too.
    testTimeout: 20_000,
  },
});
