//! Reading a registry page by page.

use crate::{
    Digest, Error, ErrorKind, PageRequest, Result, Scope, Tool, ToolForge, ToolInfo, ToolState,
};

/// Every tool of the scope that can be called.
pub(crate) async fn active(tools: &dyn ToolForge, scope: &Scope) -> Result<Vec<Tool>> {
    let mut all = Vec::new();
    let mut request = PageRequest::first(PageRequest::MAX);
    loop {
        let page = tools.list(scope, &request).await?;
        let callable = |tool: &Tool| tool.state == ToolState::Active;
        all.extend(page.items.into_iter().filter(callable));
        if !page.more {
            return Ok(all);
        }
        request.after = page.next;
    }
}

/// What a caller sees of one callable tool.
pub(crate) async fn lookup(
    tools: &dyn ToolForge,
    scope: &Scope,
    digest: &Digest,
) -> Result<ToolInfo> {
    active(tools, scope)
        .await?
        .into_iter()
        .map(|tool| tool.info)
        .find(|tool| tool.digest == *digest)
        .ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("cannot find tool {}", digest.short()),
            )
            .with_remedy("list the tools; a changed tool has another digest")
        })
}
