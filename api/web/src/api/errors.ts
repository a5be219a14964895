/** One wrong value or place, as the service names it. */
export interface Mistake {
  location: string;
  message: string;
}

/** An answer of the service that is not a success, from its problem details (RFC 9457). */
export class ApiError extends Error {
  override readonly name = "ApiError";

  private constructor(
    /** HTTP status; 0 when the service could not be reached at all. */
    readonly status: number,
    /** The stable name of the problem: the last part of its `type`. */
    readonly code: string,
    detail: string,
    /** What is wrong, place by place, where the service says so. */
    readonly mistakes: readonly Mistake[] = [],
    /** Of the finding that it is about, where the service says so. */
    readonly findingId: string | undefined = undefined,
  ) {
    super(detail);
  }

  static from(status: number, body: unknown): ApiError {
    const problem = (typeof body === "object" && body) || {};
    const type = "type" in problem ? String(problem.type) : "";
    const detail = "detail" in problem ? String(problem.detail) : `HTTP ${status}`;
    const mistakes = "errors" in problem && Array.isArray(problem.errors) ? problem.errors : [];
    const findingId = "finding_id" in problem ? String(problem.finding_id) : undefined;
    const code = type.split(":").at(-1) ?? "";
    return new ApiError(status, code, detail, mistakes as Mistake[], findingId);
  }

  static unreachable(): ApiError {
    return new ApiError(0, "unreachable", "");
  }

  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

export const unreachable = () => ApiError.unreachable();
