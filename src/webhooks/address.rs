//! Which addresses a webhook may go to: public ones, and what the installation allows besides.
//!
//! The registries are IANA's special-purpose address registries. IPv6 is refused by default and public only within
//! `2000::/3`, so that a range nobody has thought of is refused as well; addresses that carry an IPv4 address inside
//! (mapped, compatible, NAT64, 6to4, Teredo) are refused whatever they carry.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Why an address is not public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressClass {
    /// `0.0.0.0/8`, `::`.
    Unspecified,
    /// The machine itself.
    Loopback,
    /// A private network, shared or unique-local space.
    Private,
    /// A single link, where clouds also keep their metadata.
    LinkLocal,
    /// A cloud's own services at a public address.
    Metadata,
    /// Many receivers.
    Multicast,
    /// Set aside for documentation, measurements, protocols or later.
    Reserved,
    /// An IPv6 address that carries an IPv4 address.
    Embedded,
}

/// A range of addresses, such as `10.20.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

/// Which addresses webhooks may go to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    /// Allowed besides public addresses.
    pub allowed: Vec<Network>,
}

use AddressClass as C;

const V4: [(Ipv4Addr, u8, C); 18] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, C::Unspecified),
    (Ipv4Addr::new(10, 0, 0, 0), 8, C::Private),
    (Ipv4Addr::new(100, 64, 0, 0), 10, C::Private),
    (Ipv4Addr::new(127, 0, 0, 0), 8, C::Loopback),
    // Azure's platform services, from within its machines.
    (Ipv4Addr::new(168, 63, 129, 16), 32, C::Metadata),
    (Ipv4Addr::new(169, 254, 0, 0), 16, C::LinkLocal),
    (Ipv4Addr::new(172, 16, 0, 0), 12, C::Private),
    (Ipv4Addr::new(192, 0, 0, 0), 24, C::Reserved),
    (Ipv4Addr::new(192, 0, 2, 0), 24, C::Reserved),
    (Ipv4Addr::new(192, 31, 196, 0), 24, C::Reserved),
    (Ipv4Addr::new(192, 52, 193, 0), 24, C::Reserved),
    (Ipv4Addr::new(192, 88, 99, 0), 24, C::Reserved),
    (Ipv4Addr::new(192, 168, 0, 0), 16, C::Private),
    (Ipv4Addr::new(198, 18, 0, 0), 15, C::Reserved),
    (Ipv4Addr::new(198, 51, 100, 0), 24, C::Reserved),
    (Ipv4Addr::new(203, 0, 113, 0), 24, C::Reserved),
    (Ipv4Addr::new(224, 0, 0, 0), 4, C::Multicast),
    (Ipv4Addr::new(240, 0, 0, 0), 4, C::Reserved),
];

/// The first that holds an address decides; what none holds is reserved, unless it lies in `2000::/3`.
const V6: [(Ipv6Addr, u8, C); 13] = [
    (Ipv6Addr::UNSPECIFIED, 128, C::Unspecified),
    (Ipv6Addr::LOCALHOST, 128, C::Loopback),
    // IPv4-compatible and IPv4-mapped.
    (Ipv6Addr::UNSPECIFIED, 80, C::Embedded),
    // NAT64, well-known and local.
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 32, C::Embedded),
    // Teredo.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, C::Embedded),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, C::Reserved),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, C::Reserved),
    // 6to4.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, C::Embedded),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, C::Reserved),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, C::Private),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, C::LinkLocal),
    // Site-local, deprecated and still routed by some.
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, C::Private),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, C::Multicast),
];
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Why an address is not public; none where it is.
pub fn class_of(address: IpAddr) -> Option<AddressClass> {
    match address {
        IpAddr::V4(address) => V4.iter().find(|(base, prefix, _)| v4_in(address, *base, *prefix)).map(|row| row.2),
        IpAddr::V6(address) => {
            let known = V6.iter().find(|(base, prefix, _)| v6_in(address, *base, *prefix)).map(|row| row.2);
            let is_global = v6_in(address, GLOBAL_V6.0, GLOBAL_V6.1);
            known.or_else(|| (!is_global).then_some(C::Reserved))
        }
    }
}

impl AddressPolicy {
    /// Passes an address that webhooks may go to.
    ///
    /// # Errors
    /// Why they may not.
    pub fn check(&self, address: IpAddr) -> Result<(), AddressClass> {
        if self.allowed.iter().any(|network| network.contains(address)) {
            return Ok(());
        }
        class_of(address).map_or(Ok(()), Err)
    }
}

impl Network {
    /// Whether an address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (address, self.base) {
            (IpAddr::V4(address), IpAddr::V4(base)) => v4_in(address, base, self.prefix),
            (IpAddr::V6(address), IpAddr::V6(base)) => v6_in(address, base, self.prefix),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    /// Reads `10.20.0.0/16`, or a single address.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not a range of addresses such as 10.20.0.0/16");
        let (base, prefix) = match text.split_once('/') {
            Some((base, prefix)) => (base, Some(prefix)),
            None => (text, None),
        };
        let base: IpAddr = base.parse().map_err(|_| wrong())?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(longest), str::parse::<u8>).map_err(|_| wrong())?;
        if prefix <= longest { Ok(Self { base, prefix }) } else { Err(wrong()) }
    }
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Metadata => "metadata",
            Self::Multicast => "multicast",
            Self::Reserved => "reserved",
            Self::Embedded => "IPv4 within IPv6",
        })
    }
}

fn v4_in(address: Ipv4Addr, base: Ipv4Addr, prefix: u8) -> bool {
    let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
    (address.to_bits() ^ base.to_bits()) & mask == 0
}

fn v6_in(address: Ipv6Addr, base: Ipv6Addr, prefix: u8) -> bool {
    let mask = u128::MAX.checked_shl(128 - u32::from(prefix.min(128))).unwrap_or(0);
    (address.to_bits() ^ base.to_bits()) & mask == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn golden_addresses() {
        let cases = [
            ("0.0.0.0", Some(C::Unspecified)),
            ("0.1.2.3", Some(C::Unspecified)),
            ("1.0.0.0", None),
            ("9.255.255.255", None),
            ("10.0.0.0", Some(C::Private)),
            ("10.255.255.255", Some(C::Private)),
            ("11.0.0.0", None),
            ("100.63.255.255", None),
            ("100.64.0.0", Some(C::Private)),
            ("100.100.100.200", Some(C::Private)),
            ("100.127.255.255", Some(C::Private)),
            ("100.128.0.0", None),
            ("126.255.255.255", None),
            ("127.0.0.1", Some(C::Loopback)),
            ("127.255.255.254", Some(C::Loopback)),
            ("128.0.0.0", None),
            ("168.63.129.16", Some(C::Metadata)),
            ("168.63.129.17", None),
            ("169.253.255.255", None),
            ("169.254.169.254", Some(C::LinkLocal)),
            ("169.255.0.0", None),
            ("172.15.255.255", None),
            ("172.16.0.1", Some(C::Private)),
            ("172.31.255.255", Some(C::Private)),
            ("172.32.0.0", None),
            ("192.0.0.192", Some(C::Reserved)),
            ("192.0.2.1", Some(C::Reserved)),
            ("192.88.99.1", Some(C::Reserved)),
            ("192.167.255.255", None),
            ("192.168.0.1", Some(C::Private)),
            ("192.169.0.0", None),
            ("198.17.255.255", None),
            ("198.18.0.1", Some(C::Reserved)),
            ("198.19.255.255", Some(C::Reserved)),
            ("198.20.0.0", None),
            ("198.51.100.7", Some(C::Reserved)),
            ("203.0.113.7", Some(C::Reserved)),
            ("223.255.255.255", None),
            ("224.0.0.1", Some(C::Multicast)),
            ("239.255.255.255", Some(C::Multicast)),
            ("240.0.0.1", Some(C::Reserved)),
            ("255.255.255.255", Some(C::Reserved)),
            ("8.8.8.8", None),
            ("::", Some(C::Unspecified)),
            ("::1", Some(C::Loopback)),
            ("::127.0.0.1", Some(C::Embedded)),
            ("::8.8.8.8", Some(C::Embedded)),
            ("::ffff:127.0.0.1", Some(C::Embedded)),
            ("::ffff:8.8.8.8", Some(C::Embedded)),
            ("::ffff:0:10.0.0.1", Some(C::Reserved)),
            ("64:ff9b::7f00:1", Some(C::Embedded)),
            ("64:ff9b:1::a00:1", Some(C::Embedded)),
            ("100::1", Some(C::Reserved)),
            ("2000::1", None),
            ("2001::1", Some(C::Embedded)),
            ("2001:0:7f00:1::", Some(C::Embedded)),
            ("2001:1ff::1", Some(C::Reserved)),
            ("2001:200::1", None),
            ("2001:db8::1", Some(C::Reserved)),
            ("2001:4860:4860::8888", None),
            ("2002:7f00:1::1", Some(C::Embedded)),
            ("2606:4700:4700::1111", None),
            ("3fff::1", Some(C::Reserved)),
            ("3fff:1000::1", None),
            ("4000::1", Some(C::Reserved)),
            ("5f00::1", Some(C::Reserved)),
            ("fc00::1", Some(C::Private)),
            ("fd00:ec2::254", Some(C::Private)),
            ("fe00::1", Some(C::Reserved)),
            ("fe80::1", Some(C::LinkLocal)),
            ("febf::1", Some(C::LinkLocal)),
            ("fec0::1", Some(C::Private)),
            ("ff02::1", Some(C::Multicast)),
        ];
        for (address, class) in cases {
            assert_eq!(class_of(address.parse().unwrap()), class, "{address}");
        }
    }

    #[test]
    fn what_is_allowed_is_allowed_and_nothing_beside_it() {
        let policy = AddressPolicy { allowed: vec!["10.20.0.0/16".parse().unwrap(), "::1".parse().unwrap()] };
        let check = |address: &str| policy.check(address.parse().unwrap());
        assert_eq!([check("10.20.0.0"), check("10.20.255.255"), check("::1"), check("8.8.8.8")], [Ok(()); 4]);
        assert_eq!([check("10.19.255.255"), check("10.21.0.0")], [Err(C::Private); 2]);
        assert_eq!(check("::ffff:10.20.0.1"), Err(C::Embedded));
        assert_eq!(AddressPolicy::default().check("::1".parse().unwrap()), Err(C::Loopback));
        let all = AddressPolicy { allowed: vec!["0.0.0.0/0".parse().unwrap()] };
        assert_eq!(all.check("127.0.0.1".parse().unwrap()), Ok(()));
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::/129", "localhost", "10.0.0.0/8/8"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard_library_where_that_has_a_word(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            let special = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast()
                || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified();
            prop_assert!(!special || class_of(v4.into()).is_some());
        }

        #[test]
        fn no_form_of_an_ipv4_address_within_ipv6_passes(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            let [a, b] = [(bits >> 16) as u16, bits as u16];
            let forms = [
                v4.to_ipv6_mapped(), v4.to_ipv6_compatible(), Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a, b),
                Ipv6Addr::new(0x2002, a, b, 0, 0, 0, 0, 1), Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, !a, !b),
            ];
            for form in forms {
                prop_assert!(class_of(form.into()).is_some(), "{form}");
            }
        }

        #[test]
        fn ipv6_is_public_only_in_the_global_range(bits: u128) {
            let v6 = Ipv6Addr::from_bits(bits);
            prop_assert!(class_of(v6.into()).is_some() || v6.segments()[0] >> 13 == 1);
        }
    }
}
