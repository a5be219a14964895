import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { usePermission } from "../session/useSession";
import { Failed, Loading } from "../shared/States";
import { CaseActions } from "./CaseActions";
import { CaseFacts } from "./CaseFacts";
import classes from "./CasePanel.module.css";
import { CaseTimeline } from "./CaseTimeline";
import { CommentForm } from "./CommentForm";
import { DeadlinePanel } from "./DeadlinePanel";
import { Deliveries } from "./Deliveries";
import { caseQuery } from "./queries";
import { VerificationPanel } from "./VerificationPanel";

interface Props {
  caseId: string;
  /** On paper nothing can be pressed. */
  printed?: boolean;
}

/** All that is known of a case, and what can be done about it now. */
export function CasePanel({ caseId, printed = false }: Props) {
  const mayManage = usePermission("cases:manage") && !printed;
  const { data: shown, error, refetch } = useQuery(caseQuery(caseId));
  if (!shown) return error ? <Failed error={error} retry={() => void refetch()} /> : <Loading />;
  return (
    <div className={classes.panel} data-printed={printed || undefined}>
      <Stack gap="lg">
        <CaseFacts shown={shown} printed={printed} />
        <VerificationPanel shown={shown} mayDecide={mayManage} />
        <DeadlinePanel shown={shown} />
        {mayManage && <CaseActions shown={shown} />}
        <Deliveries messages={shown.messages} hasDepartment={shown.destination !== null} />
      </Stack>
      <Stack gap="lg">
        {mayManage && <CommentForm shown={shown} />}
        <CaseTimeline shown={shown} />
      </Stack>
    </div>
  );
}
