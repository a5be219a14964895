import { useLocalStorage } from "@mantine/hooks";
import { useCallback, useEffect, useState } from "react";

export const SPEEDS = [0.1, 0.25, 0.5, 1] as const;
const INSIDE = 0.5; // of a frame: where in it to land, so that rounding cannot show its neighbour

/**
 * A video, played, paused and stepped through by its frames.
 *
 * @param frameS seconds from one frame to the next
 * @param startS where it begins to play
 */
export function useClip(frameS: number, startS: number) {
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const [timeS, setTimeS] = useState(startS);
  const [durationS, setDurationS] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useLocalStorage<number>({
    key: "xunjian-clip-speed",
    defaultValue: 1,
  });

  useEffect(() => {
    if (!video) return;
    let request = 0;
    const watch = () => {
      request = video.requestVideoFrameCallback((_, { mediaTime }) => {
        setTimeS(mediaTime);
        watch();
      });
    };
    watch();
    return () => video.cancelVideoFrameCallback(request);
  }, [video]);

  useEffect(() => {
    if (video) video.playbackRate = speed;
  }, [video, speed]);

  const seek = useCallback(
    (toS: number) => {
      if (!video) return;
      video.pause();
      video.currentTime = Math.min(Math.max(toS, 0), video.duration || 0);
    },
    [video],
  );
  const toggle = useCallback(() => {
    if (!video) return;
    if (video.paused) void video.play();
    else video.pause();
  }, [video]);
  const step = useCallback(
    (by: 1 | -1) => seek(timeS + (by + INSIDE) * frameS),
    [seek, timeS, frameS],
  );
  return {
    /** What the element of the video needs. */
    props: {
      ref: setVideo,
      muted: true,
      loop: true,
      playsInline: true,
      autoPlay: true,
      onLoadedMetadata: (event: React.SyntheticEvent<HTMLVideoElement>) => {
        setDurationS(event.currentTarget.duration);
        event.currentTarget.currentTime = startS;
        event.currentTarget.playbackRate = speed;
      },
      onPlay: () => setPlaying(true),
      onPause: () => setPlaying(false),
    },
    timeS,
    durationS,
    playing,
    speed,
    setSpeed,
    seek,
    toggle,
    step,
  };
}
