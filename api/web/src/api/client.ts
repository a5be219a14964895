import { QueryClient } from "@tanstack/react-query";
import createClient, { type Middleware } from "openapi-fetch";

import { ApiError, unreachable } from "./errors";
import type { paths } from "./schema";
import type { Session } from "./types";

export const SESSION_KEY = ["session"] as const;

const MAX_RETRIES = 2;

/** Whether asking again can help: the service was unreachable or busy, not unwilling. */
function worthRetrying(failures: number, error: Error): boolean {
  return failures < MAX_RETRIES && error instanceof ApiError && error.isPassing;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    // "always": a browser that thinks it is offline must get an error, not wait in silence.
    queries: { retry: worthRetrying, staleTime: 5_000, networkMode: "always" },
    mutations: { retry: worthRetrying, networkMode: "always" },
  },
});

const session: Middleware = {
  onRequest({ request }) {
    const csrf = queryClient.getQueryData<Session | null>(SESSION_KEY)?.csrf_token;
    if (csrf && request.method !== "GET") request.headers.set("X-CSRF-Token", csrf);
    return request;
  },
  onResponse({ response }) {
    // The sign-in page takes the place of any page once the session has ended.
    if (response.status === 401) queryClient.setQueryData(SESSION_KEY, null);
  },
  onError() {
    return unreachable();
  },
};

export const client = createClient<paths>({ baseUrl: window.location.origin });
client.use(session);

/** The body of a successful answer. Throws ApiError for any other. */
export async function take<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw ApiError.from(response.status, error);
  return data as T;
}
