import { useDocumentVisibility } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { SESSION_KEY } from "../api/client";
import { Refresh, TOPICS } from "./refresh";

const RETRY_MS = 4_000;
// The service says something every 15 seconds: after twice that and some more nobody is there.
const SILENCE_MS = 35_000;
const CHECK_MS = 5_000;
const STALE_MS = 15_000;

export type Live =
  { state: "live" } | { state: "reconnecting" } | { state: "stale"; since: number };

/**
 * Follows what is changed in the service, and asks again for what the page shows of it. A page in
 * the background follows nothing, for browsers keep few connections; it catches up when it is seen.
 */
export function useLive(): Live | null {
  const queries = useQueryClient();
  const visible = useDocumentVisibility() === "visible";
  const [live, setLive] = useState<Live | null>(null);
  const isFirst = useRef(true); // the page has just loaded everything

  useEffect(() => {
    if (!visible) return;
    const refresh = new Refresh(queries);
    let source: EventSource;
    let isOpen = false;
    let heardAt = Date.now();
    let retry: ReturnType<typeof setTimeout>;

    function show() {
      const silentFor = Date.now() - heardAt;
      if (isOpen) setLive({ state: "live" });
      else if (silentFor < STALE_MS) setLive({ state: "reconnecting" });
      else setLive({ state: "stale", since: heardAt });
    }

    function hear() {
      heardAt = Date.now();
      isOpen = true;
      show();
    }

    function open() {
      source = new EventSource("/v1/events");
      let catchesUp = !isFirst.current; // a new stream, unlike one that resumes, does not know what we know
      source.onopen = () => {
        isFirst.current = false;
        if (catchesUp) refresh.everything();
        catchesUp = false;
        hear();
      };
      source.onerror = () => {
        isOpen = false;
        show();
        if (source.readyState === EventSource.CLOSED) {
          // Refused: signed out, or nobody is there who could answer.
          void queries.invalidateQueries({ queryKey: SESSION_KEY });
          reopenLater();
        }
      };
      source.addEventListener("alive", hear);
      for (const topic of TOPICS) {
        source.addEventListener(topic, (event: MessageEvent<string>) => {
          hear();
          const { ids } = JSON.parse(event.data) as { ids: string[] | null };
          refresh.changed(topic, ids);
        });
      }
    }

    function reopenLater() {
      source.close();
      isFirst.current = false;
      clearTimeout(retry);
      retry = setTimeout(open, RETRY_MS);
    }

    const watch = setInterval(() => {
      if (isOpen && Date.now() - heardAt > SILENCE_MS) {
        isOpen = false;
        reopenLater();
      }
      show();
    }, CHECK_MS);
    open();
    return () => {
      clearInterval(watch);
      clearTimeout(retry);
      source.close();
    };
  }, [visible, queries]);

  return live;
}
