//! Needs: what was asked and not found.

use serde::{Deserialize, Serialize};

use super::Handle;
use crate::{RecordId, Result};

pub(super) const STREAM: &str = "needs";
const MISSED: &str = "missed";
/// The kind of a question that was asked of memory alone: it is made of no record, and has an id of its own.
pub(super) const ASKED: &str = "asked";

/// Who had no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MissedBy {
    /// Memory held nothing relevant.
    Recall,
    /// No tool or plan covers it.
    Tool,
}

/// Something that was asked and not found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AskedNeed {
    /// In the words of whoever asked.
    pub text: String,
    /// Who had no answer.
    pub by: MissedBy,
}

impl Handle {
    /// Keeps a need, when there is a ledger to keep it in.
    pub(super) async fn missed(
        &self,
        text: &str,
        by: MissedBy,
        sources: Vec<RecordId>,
    ) -> Result<()> {
        if self.parts.ledger.is_some() {
            let need = AskedNeed {
                text: text.to_owned(),
                by,
            };
            self.note(STREAM, MISSED, &need, sources).await?;
        }
        Ok(())
    }

    /// Keeps a question that memory had no answer to, under an id by which it can be forgotten.
    pub(super) async fn asked_in_vain(&self, text: &str) -> Result<()> {
        if self.parts.ledger.is_some() {
            let need = AskedNeed {
                text: text.to_owned(),
                by: MissedBy::Recall,
            };
            let id = RecordId::fresh(&*self.parts.ids);
            self.note(STREAM, ASKED, &need, vec![id]).await?;
        }
        Ok(())
    }
}
