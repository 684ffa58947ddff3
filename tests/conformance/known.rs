//! Checks that do not pass, with the reason why not.

use crate::report::{Known, Outcome};

/// Of scim-sanity in strict mode.
pub(crate) const SCIM_SANITY: [Known; 3] = [
    Known {
        check: "Agent CRUD Lifecycle",
        outcome: Outcome::Skipped,
        says: "Agent not supported by server",
        because: AGENTS,
    },
    Known {
        check: "AgenticApplication CRUD Lifecycle",
        outcome: Outcome::Skipped,
        says: "AgenticApplication not supported by server",
        because: AGENTS,
    },
    Known {
        check: "Agent Rapid Lifecycle",
        outcome: Outcome::Skipped,
        says: "Agent not supported or not in scope",
        because: AGENTS,
    },
];

/// Why nothing of agents is checked.
const AGENTS: &str =
    "agents are resources of a draft, draft-abbey-scim-agent-extension; a team has people";
