import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { client, take } from "../api/client";

/** The ways to sign in besides a password. */
export function useProviders() {
  return useQuery({
    queryKey: ["providers"],
    queryFn: () => take(client.GET("/v1/session/providers")),
    staleTime: Infinity,
  });
}

const REFUSALS = ["oidc_no_role", "oidc_disabled", "oidc_expired", "name_taken"] as const;

/** Why a provider's answer signed nobody in, if it did not: the service tells it in the address. */
export function useRefusal(): string | null {
  const { t } = useTranslation();
  const code = new URLSearchParams(window.location.search).get("sign_in");
  if (code == null) return null;
  const known = REFUSALS.find((refusal) => refusal === code.replaceAll("-", "_"));
  return known ? t(`refusal.${known}`) : t("refusal.oidc_failed");
}
