//! Each rule finds its planted case and leaves an honest near miss alone.
