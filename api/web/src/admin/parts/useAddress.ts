import { useSearchParams } from "react-router";

/** Filters that stand in the address, so that what is shown can be sent to somebody. */
export function useAddress() {
  const [params, setParams] = useSearchParams();
  function set(name: string, values: string | string[] | null) {
    setParams(
      (known) => {
        known.delete(name);
        [values ?? []]
          .flat()
          .filter(Boolean)
          .forEach((value) => known.append(name, value));
        return known;
      },
      { replace: true },
    );
  }
  const clear = () => setParams({}, { replace: true });
  return { params, set, clear };
}
