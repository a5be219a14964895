import { useState } from "react";

/** Whether a picture or video could be loaded, and another try where it could not. */
export function usePicture(url: string) {
  const [failure, setFailure] = useState({ url, attempt: 0, failed: false });
  const mine = failure.url === url ? failure : { url, attempt: 0, failed: false };
  return {
    attempt: mine.attempt,
    failed: mine.failed,
    onError: () => setFailure({ ...mine, failed: true }),
    retry: () => setFailure({ ...mine, attempt: mine.attempt + 1, failed: false }),
  };
}
