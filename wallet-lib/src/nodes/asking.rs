//! One node, asked for one read: every request of the read goes to it, and what it said is at hand if it turns out a lie.

use std::cell::{Cell, RefCell};

use ledger_core::block::Header;
use ledger_core::certificate::CommitCertificate;
use ledger_core::id::Height;
use ledger_core::proof::{Checkpoint, Clock, SetChange};
use ledger_core::time::TimestampMs;
use serde::de::DeserializeOwned;

use super::exchange::{Exchange, Exchanges};
use crate::answer::{CheckpointsAnswer, SetChangesAnswer};
use crate::error::Error;
use crate::transport::{
    PAGE_LIMIT, Request, Response, Transport, TransportError, failure, json, malformed,
};
use crate::trust::{Handovers, Trust};

/// One node during one read.
pub(crate) struct Asking<'c, T> {
    transport: &'c T,
    trust: &'c Trust,
    now_ms: TimestampMs,
    floor: Height,
    /// The block that was checked last.
    reached: Cell<Height>,
    exchanges: RefCell<Exchanges>,
    /// Who answered last, as the transport names it.
    node: RefCell<String>,
}

impl<'c, T: Transport> Asking<'c, T> {
    /// A read that begins now, at `now_ms` by the wallet's clock.
    pub(crate) fn new(transport: &'c T, trust: &'c Trust, now_ms: TimestampMs) -> Asking<'c, T> {
        Asking {
            transport,
            trust,
            now_ms,
            floor: trust.seen(),
            reached: Cell::new(Height::GENESIS),
            exchanges: RefCell::default(),
            node: RefCell::default(),
        }
    }

    /// Whom the wallet believes.
    pub(crate) const fn trust(&self) -> &'c Trust {
        self.trust
    }

    /// By which trust is checked in this read.
    pub(crate) const fn clock(&self) -> Clock {
        self.trust.clock_at(self.now_ms)
    }

    /// The block that was checked last; genesis before any was.
    pub(crate) const fn reached(&self) -> Height {
        self.reached.get()
    }

    /// Who answered, and what was said, in order.
    pub(crate) fn into_said(self) -> (String, Vec<Exchange>) {
        (
            self.node.into_inner(),
            self.exchanges.into_inner().into_vec(),
        )
    }

    /// Sends `request`; its response, whatever it says.
    pub(crate) fn send(&self, request: &Request) -> Result<Response, Error> {
        let response = self
            .transport
            .request(request)
            .map_err(|TransportError { node, reason }| Error::NodeUnreachable { node, reason })?;
        self.exchanges.borrow_mut().note(request, &response);
        self.node.borrow_mut().clone_from(&response.node);
        Ok(response)
    }

    /// Reads `path`; the response when it is a success.
    pub(crate) fn ask(&self, path: &str) -> Result<Response, Error> {
        let response = self.send(&Request::get(path.to_owned()))?;
        if (200..300).contains(&response.status) {
            Ok(response)
        } else {
            Err(failure(&response))
        }
    }

    /// Reads `path` as a `B`.
    pub(crate) fn get<B: DeserializeOwned>(&self, path: &str) -> Result<B, Error> {
        json(self.ask(path)?)
    }

    /// Reads `path` as a `B`; none when the node says, without a proof, that there is no such thing. Never an
    /// [`Error::NotFound`], which tells the one who asked that it was proven.
    pub(crate) fn get_claimed<B: DeserializeOwned>(&self, path: &str) -> Result<Option<B>, Error> {
        match self.get(path) {
            Ok(answer) => Ok(Some(answer)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Checks that a part of a list has no more entries than were asked for: what is gathered from many parts is bounded by
    /// how many are asked for.
    pub(crate) fn check_page(&self, entries: usize) -> Result<(), Error> {
        let most = usize::try_from(PAGE_LIMIT).unwrap_or(usize::MAX);
        if entries <= most {
            return Ok(());
        }
        let reason = format!("{entries} entries where at most {most} were asked for");
        Err(malformed(self.node.borrow().clone(), &reason))
    }

    /// Checks that trusted validators decided the block of `header`.
    pub(crate) fn check_header(
        &self,
        header: &Header,
        certificate: &CommitCertificate,
    ) -> Result<(), Error> {
        self.trust
            .check_header(header, certificate, self.now_ms, self)?;
        self.reached.set(header.height);
        Ok(())
    }

    /// Takes `header`, which was checked, for the newest block of this node. It must not lie before what was the newest when
    /// this read began; a read that overtook this one since does not matter.
    pub(crate) fn go_on_to(
        &self,
        header: &Header,
        certificate: &CommitCertificate,
    ) -> Result<(), Error> {
        if header.height < self.floor {
            return Err(Error::WentBack {
                height: header.height,
                seen: self.floor,
            });
        }
        self.trust.note(header, certificate)
    }
}

impl<T: Transport> Handovers for Asking<'_, T> {
    fn changes(&self, after: Height) -> Result<Vec<SetChange>, Error> {
        let path = format!("/v1/validators/changes?after={after}");
        let answer = self.get_claimed::<SetChangesAnswer>(&path)?;
        Ok(answer.map(|answer| answer.changes).unwrap_or_default())
    }

    fn checkpoints(&self) -> Result<Vec<Checkpoint>, Error> {
        match self.get::<CheckpointsAnswer>("/v1/checkpoint") {
            Ok(answer) => Ok(answer.checkpoints),
            Err(Error::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
