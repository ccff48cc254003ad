//! What tools may do in a home: what its settings allow, what the owner approved, and nothing else.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use alma_core::{
    ApprovalKind, Digest, Effect, Grant, Handle, Permission, Policy, Result, Scope, ToolInfo, Trust,
};

use crate::{config, kit, place::Place};

/// How long the owner has to answer whether a tool may do what it asks for.
pub const APPROVAL_TIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// The policy of a home. Clones share what was approved.
#[derive(Clone, Debug)]
pub struct HomePolicy {
    read: Vec<PathBuf>,
    write: Vec<PathBuf>,
    approved: Arc<RwLock<BTreeSet<(Scope, Digest)>>>,
}

impl HomePolicy {
    /// What the settings allow; the folder that the owner puts files for tools into may always be read.
    #[must_use]
    pub fn new(settings: &config::Policy, place: &Place) -> Self {
        Self {
            read: kit::readable(place, settings),
            write: settings.write.clone(),
            approved: Arc::default(),
        }
    }

    /// Takes in what the owner said of `tool` in the scope of `handle`.
    ///
    /// # Errors
    /// Those of the ledger.
    pub async fn refresh(&self, handle: &Handle, tool: &ToolInfo) -> Result<()> {
        if !tool.permissions.is_empty() || tool.effect > Effect::None {
            let yes = handle
                .approved(ApprovalKind::Permission, &tool.digest)
                .await?;
            let mut approved = self
                .approved
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            let entry = (handle.scope().clone(), tool.digest);
            if yes {
                approved.insert(entry);
            } else {
                approved.remove(&entry);
            }
        }
        Ok(())
    }

    fn is_approved(&self, scope: &Scope, tool: &ToolInfo) -> bool {
        self.approved
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&(scope.clone(), tool.digest))
    }

    fn allows(&self, permission: &Permission) -> bool {
        match permission {
            Permission::ReadFile(path) => lies_in(path, &self.read),
            Permission::WriteFile(path) => lies_in(path, &self.write),
            _ => false,
        }
    }
}

impl Policy for HomePolicy {
    fn grant(&self, scope: &Scope, tool: &ToolInfo, trust: Trust) -> Grant {
        let approved = self.is_approved(scope, tool);
        // A tool that touches nothing but directories that the settings name may do there what it
        // says; one that asks for nothing touches who knows what.
        let named =
            !tool.permissions.is_empty() && tool.permissions.iter().all(|one| self.allows(one));
        let effect = if approved && trust == Trust::Owner {
            // A sink is reached by the owner's own words alone: an approval of the tool is not
            // an approval of what some text from outside puts into it.
            Effect::Sink
        } else if approved || named {
            Effect::Write
        } else {
            Effect::None
        };
        tool.permissions
            .iter()
            .filter(|permission| approved || self.allows(permission))
            .cloned()
            .fold(Grant::nothing().with_effect(effect), Grant::with)
    }
}

/// Whether a path lies in one of these directories; a path with `..` lies nowhere.
fn lies_in(path: &str, directories: &[PathBuf]) -> bool {
    let path = Path::new(path);
    let plain = path
        .components()
        .all(|part| !matches!(part, Component::ParentDir));
    plain
        && directories
            .iter()
            .any(|directory| path.starts_with(directory))
}
