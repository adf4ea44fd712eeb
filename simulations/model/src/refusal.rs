//! Why the model refuses a transaction. Acceptance is what is compared with the ledger; the names are for people.

/// One rule each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    // The transaction itself.
    /// Applied before.
    Replayed,
    /// Its time is over.
    Expired,
    /// Its time ends too far ahead.
    ValidTooLong,
    /// Nobody signed, too many did, or somebody twice.
    SignatureList,
    /// Begun by a bare key.
    BegunByKey,
    /// A signer that is not registered, or was not when the block began.
    UnknownSigner,
    /// A signature by a key that is not the signer's.
    WrongKey,
    /// A needed signature is missing, or of somebody without the right.
    MissingSignature,
    /// A signature nobody needs, or one human where different people are asked for.
    UnneededSignature,
    /// More transactions than the signer may begin in a day.
    TooManyTransactions,
    /// Block time that goes back, or lies before the floor.
    TimeBack,

    // Things that are not there, or not what they should be.
    /// No such organisation, or not of the level asked for.
    UnknownOrganisation,
    /// No such account.
    UnknownAccount,
    /// An account that is closed.
    AccountClosed,
    /// An account that is frozen.
    AccountFrozen,
    /// An account of another kind, without a key, or of a minor, where that is not allowed.
    WrongAccount,
    /// No such order, or one that is forgotten.
    UnknownOrder,
    /// An order that is not in a state for this.
    WrongStatus,
    /// No such budget line.
    UnknownBudget,
    /// A service code that is not in force.
    UnknownService,
    /// An id, identity, organisation or link that exists already.
    Exists,
    /// Nothing there that could be changed or removed.
    NotThere,
    /// A list that is unsorted, has a thing twice, or is too long or empty.
    BadList,
    /// An amount of 0, out of bounds, or off the quantum.
    BadAmount,
    /// The same account on two sides.
    SameAccount,

    // Dates.
    /// A day that is over.
    DayPast,
    /// A day too soon or an instant too far.
    BadDate,
    /// A value that already changed today.
    AlreadySetToday,
    /// Too many values scheduled for days to come.
    TooManyScheduled,
    /// A window that is empty, over, too long or too far.
    BadWindow,
    /// An interval that is empty, not over, or outside the window.
    BadInterval,
    /// A service that lies too far back.
    TooFarBack,
    /// A service shorter or longer than its code allows.
    BadLength,

    // Government.
    /// An organisation at the wrong level.
    WrongLevel,
    /// A threshold that does not fit the administrators.
    BadThreshold,
    /// A staff entry that is not in order.
    BadStaff,
    /// A policy value the parameter cannot have, or that is looser than the city's.
    BadPolicy,
    /// Only on test chains.
    ProductionChain,
    /// A version that is not newer.
    OldVersion,
    /// A month that is not closed, another hash, or an auditor who signed already.
    BadCosignature,

    // Limits.
    /// A limit that keeps the book small.
    LimitReached,
    /// More than the account may spend.
    InsufficientMinutes,
    /// A group, which may not spend.
    GroupMayNotSpend,
    /// More than the budget line or pool has, or a line of another purpose, scope or time.
    BudgetUnusable,
    /// More than the proxy may commit this month.
    ProxyLimit,
    /// More than a provider may earn in a day.
    DailyLimit,
    /// More than one provider may serve one recipient in a month.
    PairLimit,
    /// The provider was somewhere else at that time.
    Overlap,
    /// The holder lacks the programme.
    WrongProgramme,
    /// Less than the threshold of redemption.
    BelowThreshold,
    /// Not kin.
    NotKin,
    /// Who decides is a party, kin of one, or decided before.
    NotIndependent,

    // Recovery and closing.
    /// A recovery is running.
    RecoveryRunning,
    /// A recovery that may not be cancelled or is not over yet.
    RecoveryLocked,
    /// Open orders, held minutes, clawback due or minutes owed.
    StillOpen,
}
