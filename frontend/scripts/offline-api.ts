/** Serves /api from the in-memory API of the tests, so that screens can be built without a stack. */
import type { IncomingMessage } from "node:http";
import { getResponse, type RequestHandler } from "msw";
import type { Plugin } from "vite";

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export function offlineApi(): Plugin {
  return {
    name: "parley-offline-api",
    configureServer(server) {
      server.middlewares.use(async (incoming, outgoing, next) => {
        if (!incoming.url?.startsWith("/api/")) return next();
        const { handlers } = (await server.ssrLoadModule("/src/test/fake/handlers.ts")) as {
          handlers: RequestHandler[];
        };
        const method = incoming.method ?? "GET";
        const body = await bodyOf(incoming);
        const request = new Request(new URL(incoming.url, "http://parley.test"), {
          method,
          headers: Object.entries(incoming.headers).map(([name, value]): [string, string] => [
            name,
            String(value),
          ]),
          ...(method === "GET" || body.length === 0 ? {} : { body: new Uint8Array(body) }),
        });
        const response = await getResponse(handlers, request);
        if (!response) {
          outgoing.writeHead(404).end();
          return;
        }
        const headers = Object.fromEntries(response.headers);
        outgoing.writeHead(response.status, headers).end(Buffer.from(await response.arrayBuffer()));
      });
    },
  };
}
