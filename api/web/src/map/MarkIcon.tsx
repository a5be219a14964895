import type { Mark } from "./marks";

export function MarkIcon({ mark, size = 13 }: { mark: Mark; size?: number }) {
  return (
    <svg viewBox="-10 -10 20 20" width={size} height={size} aria-hidden focusable="false">
      <path d={mark.path} fill={mark.color} fillRule="evenodd" />
    </svg>
  );
}
