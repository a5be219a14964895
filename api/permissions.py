"""Who may do what: the one table. Nothing is allowed that does not stand here."""

from enum import StrEnum


class Role(StrEnum):
    """What a user or a token is."""

    GATEWAY = "gateway"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ML_ENGINEER = "ml_engineer"
    ADMIN = "admin"


class Action(StrEnum):
    """What can be asked of the service."""

    FRAMES_POST = "frames:post"
    FRAMES_READ = "frames:read"
    CLIPS_POST = "clips:post"
    CLIPS_READ = "clips:read"
    COVERAGE_READ = "coverage:read"
    BASE_MAP_READ = "base-map:read"
    FINDINGS_READ = "findings:read"
    FINDINGS_REVIEW = "findings:review"
    FINDINGS_REOPEN = "findings:reopen"
    EVIDENCE_READ = "evidence:read"
    ORIGINALS_READ = "originals:read"
    CASES_READ = "cases:read"
    CASES_MANAGE = "cases:manage"
    CAMERAS_READ = "cameras:read"
    CAMERAS_MANAGE = "cameras:manage"
    CAMERAS_CHECK = "cameras:check"
    GATEWAYS_MANAGE = "gateways:manage"
    DEVICES_READ = "devices:read"
    DEVICES_MANAGE = "devices:manage"
    GATEWAYS_REPORT = "gateways:report"
    DESTINATIONS_READ = "destinations:read"
    DESTINATIONS_MANAGE = "destinations:manage"
    OUTBOX_READ = "outbox:read"
    OUTBOX_REPLAY = "outbox:replay"
    REPORTS_READ = "reports:read"
    RETENTION_READ = "retention:read"
    RETENTION_MANAGE = "retention:manage"
    REGISTERS_READ = "registers:read"
    REGISTERS_MANAGE = "registers:manage"
    REGISTERS_EXPORT = "registers:export"
    ROUTING_READ = "routing:read"
    ROUTING_MANAGE = "routing:manage"
    RULES_READ = "rules:read"
    RULES_MANAGE = "rules:manage"
    PLATES_READ = "plates:read"
    POLICIES_READ = "policies:read"
    POLICIES_MANAGE = "policies:manage"
    MODELS_READ = "models:read"
    MODELS_MANAGE = "models:manage"
    PLOTS_READ = "plots:read"
    PLOTS_MANAGE = "plots:manage"
    SITES_READ = "sites:read"
    SITES_MANAGE = "sites:manage"
    THRESHOLDS_READ = "thresholds:read"
    THRESHOLDS_MANAGE = "thresholds:manage"
    USERS_MANAGE = "users:manage"
    TOKENS_MANAGE = "tokens:manage"
    AUDIT_READ = "audit:read"
    AGREEMENT_READ = "agreement:read"


_PEOPLE = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.ML_ENGINEER, Role.ADMIN})
_REVIEWERS = frozenset({Role.OPERATOR, Role.SUPERVISOR})
_ADMIN = frozenset({Role.ADMIN})

PERMISSIONS: dict[Action, frozenset[Role]] = {
    Action.FRAMES_POST: frozenset({Role.GATEWAY}),
    Action.FRAMES_READ: _PEOPLE | {Role.GATEWAY},
    Action.CLIPS_POST: frozenset({Role.GATEWAY}),
    Action.CLIPS_READ: _PEOPLE | {Role.GATEWAY},
    Action.COVERAGE_READ: _PEOPLE,
    Action.BASE_MAP_READ: _PEOPLE,
    Action.FINDINGS_READ: _PEOPLE,
    Action.FINDINGS_REVIEW: _REVIEWERS,
    Action.FINDINGS_REOPEN: frozenset({Role.SUPERVISOR}),
    Action.EVIDENCE_READ: _PEOPLE,
    Action.ORIGINALS_READ: frozenset({Role.SUPERVISOR}),
    Action.CASES_READ: _PEOPLE,
    Action.CASES_MANAGE: _REVIEWERS,
    Action.CAMERAS_READ: _PEOPLE | {Role.GATEWAY},
    Action.CAMERAS_MANAGE: _ADMIN,
    Action.CAMERAS_CHECK: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Action.GATEWAYS_MANAGE: _ADMIN,
    Action.DEVICES_READ: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Action.DEVICES_MANAGE: _ADMIN,
    Action.GATEWAYS_REPORT: frozenset({Role.GATEWAY}),
    Action.DESTINATIONS_READ: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Action.DESTINATIONS_MANAGE: _ADMIN,
    Action.OUTBOX_READ: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Action.OUTBOX_REPLAY: _ADMIN,
    Action.REPORTS_READ: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Action.RETENTION_READ: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Action.RETENTION_MANAGE: _ADMIN,
    Action.REGISTERS_READ: _REVIEWERS | _ADMIN,
    Action.REGISTERS_MANAGE: _ADMIN,
    Action.REGISTERS_EXPORT: _ADMIN,
    Action.ROUTING_READ: _PEOPLE,
    Action.ROUTING_MANAGE: _ADMIN,
    Action.RULES_READ: _PEOPLE,
    Action.RULES_MANAGE: _ADMIN,
    Action.PLATES_READ: _REVIEWERS,
    Action.POLICIES_READ: _PEOPLE,
    Action.POLICIES_MANAGE: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Action.MODELS_READ: _PEOPLE,
    Action.MODELS_MANAGE: frozenset({Role.ML_ENGINEER, Role.ADMIN}),
    Action.PLOTS_READ: _PEOPLE,
    Action.PLOTS_MANAGE: _REVIEWERS | {Role.ADMIN},
    Action.SITES_READ: _PEOPLE,
    Action.SITES_MANAGE: _REVIEWERS | _ADMIN,
    Action.THRESHOLDS_READ: _PEOPLE,
    Action.THRESHOLDS_MANAGE: _ADMIN,
    Action.USERS_MANAGE: _ADMIN,
    Action.TOKENS_MANAGE: _ADMIN,
    Action.AUDIT_READ: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Action.AGREEMENT_READ: frozenset({Role.SUPERVISOR, Role.ADMIN}),
}

# A review bears a person's name, and so does the wish to read a plate or to see what is hidden: no
# token can do any of it, whatever its role.
PERSON_ONLY = frozenset(
    {
        Action.FINDINGS_REVIEW,
        Action.FINDINGS_REOPEN,
        Action.ORIGINALS_READ,
        Action.PLATES_READ,
        Action.REGISTERS_EXPORT,
    }
)


def allowed(role: Role, action: Action) -> bool:
    """Say whether a role may do an action; what the table does not name is denied."""
    return role in PERMISSIONS.get(action, frozenset())


def permissions_of(role: Role) -> list[Action]:
    """Return what a role may do, in the order of the table."""
    return [action for action in PERMISSIONS if allowed(role, action)]
