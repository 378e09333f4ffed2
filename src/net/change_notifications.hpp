#pragma once
// What the system says about its interfaces.   rtnetlink(7)

namespace sluice::net {

/// A non-blocking socket that is readable when an interface or an address of this host has changed; -1: there is none.
int open_change_notifications() noexcept;
/// Reads what it says, which is only that something has changed.
void discard_change_notifications(int descriptor) noexcept;

}  // namespace sluice::net
