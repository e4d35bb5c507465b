/** The cache of what the server said, with its rules for trying again. */
import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "./api/problem";

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (failures, error) =>
          failures < 2 && (!(error instanceof ApiProblem) || error.isPassing),
      },
      mutations: { retry: false },
    },
  });
}
