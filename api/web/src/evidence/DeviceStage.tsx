import { Button } from "@mantine/core";
import { IconArrowsExchange } from "@tabler/icons-react";
import { useImperativeHandle, useState, type Ref } from "react";
import { useTranslation } from "react-i18next";

import type { Finding } from "../api/types";
import { useFormat } from "../i18n/format";
import { Compared } from "./Compared";
import { useFit } from "./fit";
import { usePicture } from "./pictures";
import type { DevicePair } from "./devices";
import { Lost, Stage, type StageKeys } from "./Stage";

interface Props {
  finding: Finding;
  pair: DevicePair;
  label: string;
  keys: Ref<StageKeys>;
}

/** The last good picture of a camera and its newest one, one over the other. */
export function DeviceStage({ finding, pair, label, keys }: Props) {
  const { t } = useTranslation();
  const { shortTime } = useFormat();
  const { width, height } = finding.picture ?? { width: 16, height: 9 };
  const fit = useFit({ width, height }, []);
  const pictures = usePicture(pair.after.id);
  const [share, setShare] = useState(0.5);
  const flip = () => setShare(share < 1 ? 1 : 0);
  useImperativeHandle(keys, () => ({ play: flip, step: () => undefined }));
  return (
    <Stage
      canvas={fit.ref}
      tools={null}
      controls={
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconArrowsExchange size={16} />}
          aria-keyshortcuts="V"
          onClick={flip}
        >
          {t(`device_show.${share < 1 ? "good" : "newest"}`)}
        </Button>
      }
    >
      {pictures.failed ? (
        <Lost text={t("picture.failed")} retry={pictures.retry} />
      ) : (
        <Compared
          key={pictures.attempt}
          before={{
            url: pair.before.plain_url,
            text: t("device.good_of", { time: shortTime(pair.before.captured_at) }),
          }}
          after={{
            url: pair.after.plain_url,
            text: t("device.newest_of", { time: shortTime(pair.after.captured_at) }),
          }}
          label={label}
          fit={fit}
          share={share}
          setShare={setShare}
          onError={pictures.onError}
        >
          {null}
        </Compared>
      )}
    </Stage>
  );
}
