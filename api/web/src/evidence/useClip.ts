import { useLocalStorage } from "@mantine/hooks";
import { useCallback, useEffect, useState, type SyntheticEvent } from "react";

export const SPEEDS = [0.1, 0.25, 0.5, 1] as const;
const INSIDE = 0.5; // of a frame: where in it to land, so that rounding cannot show its neighbour

/**
 * A video, played over and over, paused, and stepped through by its frames.
 *
 * @param frameS seconds from one frame to the next
 * @param fromS where it begins to play
 */
export function useClip(frameS: number, fromS: number) {
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const [timeS, setTimeS] = useState(fromS);
  // Of its frames: the time of a video may begin before its first one.
  const [firstS, setFirstS] = useState(0);
  const [endS, setEndS] = useState(fromS + frameS);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useLocalStorage<number>({
    key: "xunjian-clip-speed",
    defaultValue: 1,
  });

  const play = useCallback(
    (toS: number) => {
      if (!video) return;
      video.currentTime = toS;
      video.play().catch(() => setPlaying(false)); // taken from the page meanwhile
    },
    [video],
  );
  useEffect(() => {
    if (!video) return;
    const watch: VideoFrameRequestCallback = (_, { mediaTime }) => {
      setTimeS(mediaTime);
      request = video.requestVideoFrameCallback(watch);
    };
    let request = video.requestVideoFrameCallback((_, { mediaTime }) => {
      setFirstS(mediaTime);
      play(Math.max(mediaTime, fromS));
      request = video.requestVideoFrameCallback(watch);
    });
    return () => video.cancelVideoFrameCallback(request);
  }, [video, play, fromS]);

  useEffect(() => {
    if (video) video.playbackRate = speed;
  }, [video, speed]);

  const seek = useCallback(
    (toS: number) => {
      if (!video) return;
      video.pause();
      video.currentTime = Math.min(Math.max(toS, firstS), endS);
    },
    [video, firstS, endS],
  );
  const toggle = useCallback(() => {
    if (!video) return;
    if (video.paused) play(video.currentTime);
    else video.pause();
  }, [video, play]);
  const step = useCallback(
    (by: 1 | -1) => seek(timeS + (by + INSIDE) * frameS),
    [seek, timeS, frameS],
  );
  return {
    /** What the element of the video needs. */
    props: {
      ref: setVideo,
      muted: true,
      playsInline: true,
      preload: "auto",
      onDurationChange: (event: SyntheticEvent<HTMLVideoElement>) =>
        setEndS(event.currentTarget.duration),
      onPlay: () => setPlaying(true),
      onPause: () => setPlaying(false),
      onEnded: () => play(Math.max(firstS, fromS)),
    },
    timeS,
    firstS,
    endS,
    playing,
    speed,
    setSpeed,
    seek,
    toggle,
    step,
  };
}
