//! What is to be measured at a site: the configuration turned into probes, cameras and topology.

use super::Config;
use super::camera::Camera;
use super::network::Control;
use super::relay::{self, Relay};
use super::surroundings::Surroundings;
use super::values;
use super::vendor::{Capability, Endpoint, FromCameras, VendorProfile};
use demarc_model::id::AccountId;
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site;
use demarc_probe::spec::{
    CameraSpec, Check, Credentials, HostCheck, PathProbe, PathSpec, ReachBy, RelayCheck, StatusPage, Trust,
};
use std::net::{IpAddr, SocketAddr};

/// Below this the history and the next incident are in danger.
pub(crate) const LEAST_FREE_BYTES: u64 = 64 * 1024 * 1024;

/// How many logins lie between two questions for a camera's relays: an hour at the shipped pace.
pub(crate) const RELAYS_EVERY: u32 = 180;

/// The singular kinds of probe have no subject.
const NONE: &str = "";

impl Config {
    /// The site as diagnosis sees it.
    pub fn site(&self, surroundings: &Surroundings) -> site::Site {
        let on_gateway = self.network.resolver_on_gateway.unwrap_or_else(|| {
            let resolver = self.resolver(surroundings).map(|resolver| resolver.ip());
            resolver.is_some() && resolver == self.gateway(surroundings)
        });
        site::Site {
            id: self.id.clone(),
            name: self.name.clone(),
            segments: self.segments.iter().map(|s| site::Segment { id: s.id.clone() }).collect(),
            cameras: self.cameras.iter().map(site_camera).collect(),
            controls: self.network.controls.iter().map(|control| control.id.clone()).collect(),
            language: self.language,
            resolver_on_gateway: on_gateway,
            vendor: self.vendor.as_ref().map(|vendor| self.site_vendor(vendor)),
        }
    }

    /// Every probe of the host, the path and the vendor that is possible here. What needs a gateway
    /// or a resolver is left out while none is known.
    pub fn path_specs(&self, surroundings: &Surroundings) -> Vec<PathSpec> {
        let mut specs = self.host_specs(surroundings);
        specs.extend(self.gateway(surroundings).map(|address| {
            spec(ProbeKind::GatewayReach, NONE, PathProbe::Reach { address, port: self.network.gateway_port })
        }));
        specs.extend(self.segments.iter().filter_map(|segment| {
            let reach = PathProbe::Reach { address: segment.address?, port: segment.port };
            Some(spec(ProbeKind::SegmentReach, segment.id.as_str(), reach))
        }));
        let resolver = self.resolver(surroundings);
        specs.extend(self.resolver_specs(resolver));
        for control in &self.network.controls {
            specs.extend(control_specs(control, resolver));
        }
        let controls = self.network.controls.iter();
        let checks: Vec<HostCheck> =
            controls.map(|control| control_check(control, ReachBy::Address(control.address))).collect();
        specs.extend(self.gateway(surroundings).map(|gateway| {
            spec(ProbeKind::LineHops, NONE, PathProbe::Hops { controls: checks.clone(), gateway })
        }));
        specs.push(spec(ProbeKind::LineMtu, NONE, PathProbe::Mtu(checks)));
        specs.extend(self.ipv6_spec(surroundings));
        specs.extend(resolver.and_then(|resolver| self.portal_spec(resolver)));
        if let Some(vendor) = &self.vendor {
            specs.extend(vendor_specs(vendor, resolver));
            specs.extend(
                self.relay.as_ref().zip(resolver).map(|(relay, resolver)| relay_spec(relay, resolver)),
            );
        }
        let Some(second) = &self.network.second_line else { return specs };
        // Otherwise the kernel would send them over the second line when the first one has no route.
        let first = self.network.interface.as_ref().or(surroundings.interface.as_ref());
        specs.iter_mut().filter(|spec| leaves(spec)).for_each(|spec| spec.via = first.cloned());
        specs.extend(self.second_line_specs(second));
        specs
    }

    /// What is seen over the second line: the controls as cheaply as possible, and the vendor.
    fn second_line_specs(&self, interface: &str) -> Vec<PathSpec> {
        let controls = self.network.controls.iter().map(|control| HostCheck {
            check: Check::Tcp,
            issuer: None,
            ..control_check(control, ReachBy::Address(control.address))
        });
        let controls = spec(ProbeKind::LineSecond, NONE, PathProbe::AnyHost(controls.collect()));
        let endpoints = self.vendor.iter().flat_map(|vendor| &vendor.endpoints).filter_map(|endpoint| {
            let by_name = |resolver| ReachBy::Name { resolver, private: endpoint.private };
            let reach = endpoint.address.map(ReachBy::Address);
            let reach = reach.or_else(|| self.network.second_resolver.map(by_name))?;
            let check = PathProbe::Host(endpoint_check(endpoint, reach));
            Some(spec(ProbeKind::VendorSecond, endpoint.id.as_str(), check))
        });
        let over = |spec| PathSpec { via: Some(interface.to_owned()), ..spec };
        [controls].into_iter().chain(endpoints).map(over).collect()
    }

    fn ipv6_spec(&self, surroundings: &Surroundings) -> Option<PathSpec> {
        let here = self.network.ipv6.unwrap_or(surroundings.ipv6);
        let hosts: Vec<HostCheck> = self.network.controls.iter().filter_map(ipv6_check).collect();
        let resolver = self.resolver(surroundings);
        (here && !hosts.is_empty())
            .then(|| spec(ProbeKind::LineIpv6, NONE, PathProbe::Ipv6 { hosts, resolver }))
    }

    pub fn camera_specs(&self) -> Vec<CameraSpec> {
        let spec = |camera: &Camera| CameraSpec {
            id: camera.id.clone(),
            address: camera.address,
            scheme: camera.scheme,
            port: camera.port,
            rtsp_port: camera.rtsp_port,
            onvif_port: camera.onvif_port,
            onvif_path: camera.onvif_path.clone(),
            stream_path: camera.stream_path.clone(),
            picture_path: camera.picture_path.clone(),
            video: camera.video,
            keep_snapshots: self.store.snapshot_megabytes > 0,
            clock_tolerance: self.diagnosis.clock_tolerance,
            credentials: camera.account.as_ref().and_then(|id| self.credentials(id)),
            basic: camera.basic,
            cloud: self.vendor.as_ref().and_then(VendorProfile::cloud_of_cameras),
            relays_every: self.hears_of_relays().then(|| RELAYS_EVERY * self.probing.login_interval),
        };
        self.cameras.iter().map(spec).collect()
    }

    /// Whether the site's cameras are asked which relays they connect to.
    pub(crate) fn hears_of_relays(&self) -> bool {
        let marked = |vendor: &VendorProfile| vendor.endpoints.iter().any(Endpoint::is_replaceable);
        self.relays_from_cameras && self.vendor.as_ref().is_some_and(marked)
    }

    fn site_vendor(&self, profile: &VendorProfile) -> site::Vendor {
        let mut vendor = site_vendor(profile, self);
        if let Some(relay) = &self.relay {
            let own = vendor.capabilities.iter_mut().find(|capability| capability.id == relay.capability);
            own.into_iter().for_each(|capability| capability.endpoints.push(relay.endpoint()));
        }
        vendor
    }

    fn credentials(&self, id: &AccountId) -> Option<Credentials> {
        let account = self.accounts.iter().find(|account| account.id == *id)?;
        Some(Credentials {
            account: id.clone(),
            username: account.username.clone(),
            password: account.password.clone(),
        })
    }

    fn gateway(&self, surroundings: &Surroundings) -> Option<IpAddr> {
        self.network.gateway.or(surroundings.gateway)
    }

    fn resolver(&self, surroundings: &Surroundings) -> Option<SocketAddr> {
        self.network.resolver.or(surroundings.resolver)
    }

    fn host_specs(&self, surroundings: &Surroundings) -> Vec<PathSpec> {
        let link = PathProbe::HostLink {
            interface: self.network.interface.clone(),
            second_line: self.network.second_line.clone(),
        };
        let disk = surroundings.state_dir.clone().map(|directory| {
            let disk = PathProbe::HostDisk { directory, least_free_bytes: LEAST_FREE_BYTES };
            spec(ProbeKind::HostDisk, NONE, disk)
        });
        let clock = PathProbe::HostClock {
            url: self.network.portal_check.clone(),
            servers: self.network.time_servers.clone(),
        };
        let address = surroundings.asks_by_arp.then(|| {
            let address = PathProbe::HostAddress {
                interface: self.network.interface.clone(),
                second_line: self.network.second_line.clone(),
            };
            spec(ProbeKind::HostAddress, NONE, address)
        });
        let link = [spec(ProbeKind::HostLink, NONE, link)];
        let rest = [
            spec(ProbeKind::HostResources, NONE, PathProbe::HostResources),
            spec(ProbeKind::HostTraffic, NONE, PathProbe::HostTraffic),
            spec(ProbeKind::HostClock, NONE, clock),
        ];
        link.into_iter().chain(disk).chain(rest).chain(address).collect()
    }

    fn resolver_specs(&self, resolver: Option<SocketAddr>) -> Vec<PathSpec> {
        let servers = [
            (ProbeKind::ResolverAnswer, resolver),
            (ProbeKind::ResolverSecond, self.network.second_resolver),
        ];
        let specs = servers.into_iter().filter_map(|(kind, server)| {
            let probe = PathProbe::Resolver { server: server?, zone: self.network.random_zone.clone() };
            Some(spec(kind, NONE, probe))
        });
        specs.collect()
    }

    /// Counted as evidence about the first control.
    fn portal_spec(&self, resolver: SocketAddr) -> Option<PathSpec> {
        let control = self.network.controls.first()?;
        let portal = PathProbe::Portal {
            url: self.network.portal_check.clone(),
            body: Some(self.network.portal_body.clone()),
            resolver,
        };
        Some(spec(ProbeKind::ControlPortal, control.id.as_str(), portal))
    }
}

/// Whether a probe asks somebody beyond the site's network.
fn leaves(spec: &PathSpec) -> bool {
    match spec.what {
        PathProbe::HostLink { .. }
        | PathProbe::HostDisk { .. }
        | PathProbe::HostResources
        | PathProbe::HostTraffic
        | PathProbe::HostAddress { .. }
        | PathProbe::Reach { .. } => false,
        PathProbe::HostClock { .. }
        | PathProbe::Resolver { .. }
        | PathProbe::Host(_)
        | PathProbe::AnyHost(_)
        | PathProbe::Ipv6 { .. }
        | PathProbe::Portal { .. }
        | PathProbe::Hops { .. }
        | PathProbe::Mtu(_)
        | PathProbe::Relay(_)
        | PathProbe::StatusPage(_) => true,
    }
}

fn spec(kind: ProbeKind, subject: &str, what: PathProbe) -> PathSpec {
    PathSpec { id: ProbeId::new(kind, subject), what, via: None }
}

fn site_camera(camera: &Camera) -> site::Camera {
    site::Camera { id: camera.id.clone(), name: camera.name.clone(), segment: camera.segment.clone() }
}

fn site_vendor(profile: &VendorProfile, config: &Config) -> site::Vendor {
    let capabilities = profile.capabilities.iter().map(|capability| {
        let own = profile.endpoints.iter().filter(|endpoint| endpoint.capability == capability.id);
        site::Capability {
            id: capability.id.clone(),
            name: spoken_name(capability, config.language).to_owned(),
            endpoints: own
                .map(|endpoint| site::Endpoint {
                    id: endpoint.id.clone(),
                    host: endpoint.host.clone(),
                    region: endpoint.region.clone(),
                    transport: transport(&endpoint.check),
                    named_by: match endpoint.from_cameras {
                        FromCameras::Alone if !config.proven.contains(&endpoint.id) => site::NamedBy::Cameras,
                        FromCameras::Alone | FromCameras::No | FromCameras::Replaceable => {
                            site::NamedBy::Vendor
                        }
                    },
                })
                .collect(),
        }
    });
    let relay = profile.endpoints.iter().find(|endpoint| endpoint.is_replaceable());
    let of_cameras = relay.filter(|_| profile.camera_cloud.is_some()).map(|relay| relay.capability.clone());
    site::Vendor { id: profile.id.clone(), capabilities: capabilities.collect(), of_cameras }
}

const fn transport(check: &Check) -> site::Transport {
    match check {
        Check::Tcp | Check::Tls | Check::Https { .. } => site::Transport::Tcp,
        Check::Stun => site::Transport::Udp,
    }
}

fn spoken_name(capability: &Capability, language: site::Language) -> &str {
    match language {
        site::Language::English => &capability.name,
        site::Language::German => capability.german_name.as_deref().unwrap_or(&capability.name),
    }
}

fn control_check(control: &Control, reach: ReachBy) -> HostCheck {
    HostCheck {
        host: control.host.clone(),
        reach,
        port: control.port,
        check: control.check.clone(),
        trust: Trust::Public,
        issuer: control.issuer.clone(),
    }
}

/// A connection is enough: what is said over it, the probes by IPv4 look at.
fn ipv6_check(control: &Control) -> Option<HostCheck> {
    let reach = ReachBy::Address(control.address_ipv6?.into());
    Some(HostCheck { check: Check::Tcp, issuer: None, ..control_check(control, reach) })
}

fn control_specs(control: &Control, resolver: Option<SocketAddr>) -> Vec<PathSpec> {
    let check = |reach| PathProbe::Host(control_check(control, reach));
    let subject = control.id.as_str();
    let private = values::is_private(control.address);
    let by_name = resolver
        .map(|resolver| spec(ProbeKind::ControlName, subject, check(ReachBy::Name { resolver, private })));
    let by_address = spec(ProbeKind::ControlAddress, subject, check(ReachBy::Address(control.address)));
    by_name.into_iter().chain([by_address]).collect()
}

fn vendor_specs(vendor: &VendorProfile, resolver: Option<SocketAddr>) -> Vec<PathSpec> {
    let mut specs = vendor.endpoints.iter().flat_map(|e| endpoint_specs(e, resolver)).collect::<Vec<_>>();
    if let (Some(page), Some(resolver)) = (&vendor.status_page, resolver) {
        let components = vendor.capabilities.iter().flat_map(|capability| {
            let names = capability.page_components.iter();
            names.map(|name| (name.clone(), capability.id.clone()))
        });
        let mut hosts: Vec<String> = vendor.endpoints.iter().map(|endpoint| endpoint.host.clone()).collect();
        hosts.sort();
        hosts.dedup();
        let probe = PathProbe::StatusPage(StatusPage {
            url: page.url.clone(),
            format: page.format,
            components: components.collect(),
            hosts,
            resolver,
            private: page.private,
        });
        specs.push(spec(ProbeKind::VendorStatus, vendor.id.as_str(), probe));
    }
    specs
}

fn endpoint_check(endpoint: &Endpoint, reach: ReachBy) -> HostCheck {
    HostCheck {
        host: endpoint.host.clone(),
        reach,
        port: endpoint.port,
        check: endpoint.check.clone(),
        trust: endpoint.trust,
        issuer: endpoint.issuer.clone(),
    }
}

/// By name alone: nobody published an address for it.
fn relay_spec(relay: &Relay, resolver: SocketAddr) -> PathSpec {
    let check = RelayCheck {
        url: relay.url.clone(),
        login: relay.login.clone(),
        status: relay.status,
        content_type: relay.content_type.clone(),
        resolver,
        private: relay.private,
    };
    spec(ProbeKind::VendorName, relay::ENDPOINT, PathProbe::Relay(check))
}

fn endpoint_specs(endpoint: &Endpoint, resolver: Option<SocketAddr>) -> Vec<PathSpec> {
    let check = |reach| PathProbe::Host(endpoint_check(endpoint, reach));
    let subject = endpoint.id.as_str();
    let by_name = resolver.filter(|_| !endpoint.is_nameless()).map(|resolver| {
        let reach = ReachBy::Name { resolver, private: endpoint.private };
        spec(ProbeKind::VendorName, subject, check(reach))
    });
    let by_address = endpoint
        .address
        .map(|address| spec(ProbeKind::VendorAddress, subject, check(ReachBy::Address(address))));
    by_name.into_iter().chain(by_address).collect()
}
