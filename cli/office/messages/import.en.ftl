## What became of a line of an import.

import_applied = In block { $height }.
import_before = Imported before: it is in block { $height }.
import_accepted = A node has checked it and keeps it for a block.
    .remedy = Import the same file again to see that it is in one.
import_ready = The ledger would take it.
import_document = Signatures are missing: { $missing }. The document for them is { $path }.
    .remedy = Have it signed (timebank sign, or as QR codes with timebank doc qr), lay it back into the folder, and import again.
import_unsigned = Signatures are missing: { $missing }.
    .remedy = Give a folder with --documents, in which documents are written for them to sign.
import_not_taken = No node took it.
    .remedy = Import the same file again; nothing is posted twice.
import_number_taken = This number was imported before, for something else: transaction { $transaction }.
    .remedy = Give the line a number of its own. What is on the ledger is taken back by an arbiter only.
import_still_open = An earlier form of this line may still apply until { TIME($until_ms) }.
    .remedy = Put the line back as it was, or import it after that.
import_unclear = Transaction { $transaction } was made of it and its time is over; without the blocks nobody can tell whether it applied.
    .remedy = Import again without --no-check, so that the blocks are looked through.
import_contradicted = The node said it was in block { $height }; it is not.
    .remedy = Ask other nodes, and tell the city: this node says what is not so.

## Why an import stopped.

import_journal_system = The journal { $path } cannot be read or written: { $reason }
    .remedy = See that the disk has room and the folder is yours; then import again: it goes on where it stopped.
import_journal_in_use = Another import uses the journal { $path }.
    .remedy = Wait until it has ended.
import_journal_damaged = The journal { $path } is damaged at byte { $at }: { $reason }
    .remedy = Put it back from a copy. Without it nothing protects a grant from being posted twice.
import_journal_other_chain = The journal { $path } is for chain { $actual }, not { $expected }.
    .remedy = Name another with --journal.
import_journal_version = The journal { $path } has version { $version }, which this program does not know.
    .remedy = Update the program.
import_basis = The chain cannot be followed: { $reason }
    .remedy = Try another node, or a book with --book.
import_check = The dry run failed: { $reason }
    .remedy = Report this: it is a mistake of the program or of the book.
import_file = { $path } cannot be read or written: { $reason }
    .remedy = See that the folder exists, is yours and has room; then import again: nothing is posted twice.
import_interrupted = The import was ended.
    .remedy = Import the same file again: it goes on where it stopped, and nothing is posted twice.
import_nowhere = There is no place for the journal of imports.
    .remedy = Name one with --journal, and keep it: by it nothing is posted twice.
