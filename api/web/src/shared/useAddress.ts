import { useCallback } from "react";
import { useSearchParams } from "react-router";

type Value = string | readonly string[] | null | undefined;

/** The address itself: what was changed a moment ago may not have been rendered yet. */
export const addressNow = () => new URLSearchParams(window.location.search);

/** What a page shows, kept in the address: a link shows somebody else the same. */
export function useAddress() {
  const [params, setParams] = useSearchParams();
  /** Give some names other values; null, "" or an empty list takes a name away. */
  const change = useCallback(
    (values: Readonly<Record<string, Value>>, { replace = true } = {}) => {
      const next = addressNow();
      for (const [name, value] of Object.entries(values)) {
        next.delete(name);
        for (const one of [value ?? []].flat().filter(Boolean)) next.append(name, one);
      }
      setParams(next, { replace });
    },
    [setParams],
  );
  const clear = () => setParams({}, { replace: true });
  return { params, change, clear };
}
