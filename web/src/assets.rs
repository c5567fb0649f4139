//! Stylesheets, scripts and pictures, embedded. A name holds a fingerprint of the content, so that browsers may keep
//! what they have for good.

use std::sync::LazyLock;

use crate::paths;

/// One embedded file.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub content: &'static str,
}

const FILES: [Asset; 7] = [
    Asset {
        name: "ringhook.css",
        media_type: "text/css; charset=utf-8",
        content: concat!(
            include_str!("../static/css/tokens.css"),
            include_str!("../static/css/base.css"),
            include_str!("../static/css/components.css"),
            include_str!("../static/css/forms.css"),
            include_str!("../static/css/frames.css"),
            include_str!("../static/css/log.css"),
            include_str!("../static/css/reference.css"),
        ),
    },
    Asset {
        name: "ringhook.js",
        media_type: "text/javascript; charset=utf-8",
        content: concat!(include_str!("../static/js/copy.js"), include_str!("../static/js/times.js"),),
    },
    Asset {
        name: "passkeys.js",
        media_type: "text/javascript; charset=utf-8",
        content: include_str!("../static/js/passkeys.js"),
    },
    Asset {
        name: "drop.js",
        media_type: "text/javascript; charset=utf-8",
        content: include_str!("../static/js/drop.js"),
    },
    Asset {
        name: "test_device.js",
        media_type: "text/javascript; charset=utf-8",
        content: include_str!("../static/js/test_device.js"),
    },
    Asset {
        name: "live.js",
        media_type: "text/javascript; charset=utf-8",
        content: include_str!("../static/js/live.js"),
    },
    Asset { name: "mark.svg", media_type: "image/svg+xml", content: include_str!("../static/img/mark.svg") },
];

/// FNV-1a: enough to tell two versions of a file apart.
fn fingerprint(content: &str) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    content.bytes().fold(0xcbf2_9ce4_8422_2325, mix)
}

static NAMED: LazyLock<Vec<(String, Asset)>> = LazyLock::new(|| {
    let named = |asset: Asset| {
        let (stem, ending) = asset.name.rsplit_once('.').unwrap_or((asset.name, ""));
        (format!("{stem}.{:016x}.{ending}", fingerprint(asset.content)), asset)
    };
    FILES.into_iter().map(named).collect()
});

/// The path of an asset by its plain name; a name that does not exist links to nothing.
pub fn path(name: &str) -> String {
    let found = NAMED.iter().find(|(_, asset)| asset.name == name);
    format!("{}{}", paths::ASSETS, found.map_or("", |(named, _)| named))
}

/// The asset of a fingerprinted name.
pub fn find(named: &str) -> Option<Asset> {
    NAMED.iter().find(|(name, _)| name == named).map(|(_, asset)| *asset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_is_found_under_its_path() {
        for asset in FILES {
            let path = path(asset.name);
            let named = path.strip_prefix(paths::ASSETS).unwrap_or_default();
            assert_eq!(find(named).map(|found| found.name), Some(asset.name));
        }
        assert!(find("ringhook.css").is_none());
    }

    #[test]
    fn styles_stay_within_their_budget() {
        let css: usize =
            FILES.iter().filter(|asset| asset.name.ends_with(".css")).map(|a| a.content.len()).sum();
        assert!(css < 40 * 1024, "{css}");
    }
}
