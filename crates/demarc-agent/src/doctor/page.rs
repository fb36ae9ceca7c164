//! The page of the guide that explains every probe, written from the program.

use super::catalogue::{self, Entry};
use crate::config::probing::Probing;
use crate::plan::every;
use demarc_model::probe::ProbeKind;
use std::time::Duration;

const INTRODUCTION: &str = "\
# What Demarc measures

This page is generated from the program; `DEMARC_BLESS=1 cargo test -p demarc --test it doctor` writes it again.

Every probe is here: what it tells, what it sends to whom, how much, how often, and how to change it or switch it off.
`demarc doctor` says which of them work on this computer with this configuration, and what would help.

- Nothing is sent to anybody but the hosts in the configuration and in the vendor's profile.
- A password goes to the camera that it belongs to and to nobody else, and only as far as [security](../security.md) says.
- No probe changes anything on a device.
- In quiet time each interval varies by 5 %, and a camera's is 5 % longer than it says here, so that no look is in step with what comes and goes at the branch; under suspicion the probes that would settle it are made every `probing.suspicion-interval`, for two minutes at most.
- A probe ends within `probing.timeout`, whatever its peer does, and reads at most 64 KiB of an answer's head, eight addresses of a name and eight aliases.

## What this computer has to permit

Demarc needs no privileges.
Ping is better than TCP for routers and switches, and is permitted in one of two ways:

- `net.ipv4.ping_group_range` includes a group of the service: an unprivileged ping socket.
- The service has `CAP_NET_RAW`: a raw socket. The shipped unit gives it this and nothing else.

Links and neighbours are read from `/sys/class/net` and `/proc/net`, which every user may read; addresses and routes are asked of the kernel by netlink, which every user may ask where sockets of the family `AF_NETLINK` are not forbidden.
The shipped unit permits them.
";

/// `docs/guide/what-demarc-measures.md`, with the intervals as shipped.
pub fn page(shipped: &Probing) -> String {
    let mut out = INTRODUCTION.to_owned();
    out += "\n## At a glance\n\n| probe | sends | every |\n|---|---|---|\n";
    for kind in ProbeKind::ALL {
        let name = kind.name();
        let link = name.replace('.', "");
        out += &format!(
            "| [`{name}`](#{link}) | {} | {} |\n",
            catalogue::entry(kind).sends,
            spoken(every(kind, shipped))
        );
    }
    out + &ProbeKind::ALL.map(|kind| section(kind, shipped)).concat()
}

fn section(kind: ProbeKind, shipped: &Probing) -> String {
    let Entry { sends, tells, costs, needs, change } = catalogue::entry(kind);
    let head = format!("\n### {}\n\n{tells}\n", kind.name());
    let pace = catalogue::pace(kind);
    let factor = every(kind, shipped).div_duration_f64(pace.of(shipped));
    let key = pace.key();
    let pace = if (factor - 1.0).abs() < 1e-9 {
        format!("`probing.{key}`")
    } else {
        format!("{factor} × `probing.{key}`")
    };
    format!(
        "{head}\n- sends: {sends}\n- costs: {costs}\n- every: {}, which is {pace}\n- needs: {needs}\n- change: {change}\n",
        spoken(every(kind, shipped)),
    )
}

/// `5 s`, `10 min`.
fn spoken(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds >= 120 && seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}
