//! An auditor at the end of a trial: the chain executed again from genesis out of one node's blocks, compared with every node.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Result, ensure};
use ledger_core::message::Arguments;
use timebank_audit::Book;

use crate::network::Network;
use crate::say::{Voice, grouped};

/// The folder of the book within the trial's.
const BOOK_FOLDER: &str = "book";

/// Executes the chain of `network` again into a book in `directory`, and prints height, root and rate.
///
/// # Errors
/// When a block is not what its header says, or a node that stands at the same height shows another block or root.
pub(crate) fn replay(network: &Network, directory: &Path, voice: &mut Voice) -> Result<()> {
    let mut book = Book::open(&directory.join(BOOK_FOLDER), network.genesis())?;
    let client = network.client(0);
    let followed = book.follow(&mut &client, None, &mut |progress| {
        voice.progress("audit-progress", || {
            Arguments::NONE
                .number("height", progress.height.0)
                .text("rate", grouped(progress.rate()))
        });
        ControlFlow::Continue(())
    })?;
    for index in 0..network.len() {
        let client = network.client(index);
        let shown = client.block(Some(book.height()))?.value.block.header;
        ensure!(
            (shown.id(), shown.state_root) == (book.block_id(), book.state().root()),
            "node {} shows block {} with root {} at height {}, the audit came to block {} with root {}",
            index + 1,
            shown.id(),
            shown.state_root,
            book.height(),
            book.block_id(),
            book.state().root()
        );
    }
    let arguments = Arguments::NONE
        .number("height", book.height().0)
        .text("root", book.state().root())
        .text("transactions", grouped(followed.transactions))
        .number("seconds", followed.elapsed.as_secs())
        .text("rate", grouped(followed.rate()));
    voice.say("audit-report", &arguments);
    Ok(())
}
