use clap::ValueEnum as _;

use super::*;
use crate::tools::Tools;

#[test]
fn no_module_is_larger_than_it_may_be() {
    // Other hosts' modules are looked at where somebody has built them.
    let filter = Tools::ready().unwrap().module;
    for host in Host::value_variants() {
        let module = if *host == Host::Envoy { filter.clone() } else { host.module().unwrap() };
        if *host != Host::Envoy && !module.is_file() {
            continue;
        }
        let (bytes, most) = (size(&module).unwrap(), host.size_max());
        eprintln!("{}: {bytes} bytes, of {most} at most", module.display());
        assert!(bytes <= most, "{}: {bytes} bytes are more than {most}", module.display());
    }
}
