//! The names of header fields, as they are registered (RFC 9110 §16.3.1), in lower case.

macro_rules! names {
    ($($constant:ident = $name:literal),* $(,)?) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub const $constant: &str = $name;
        )*
    };
}

names! {
    ACCEPT_ENCODING = "accept-encoding",
    ALLOW = "allow",
    AUTHORIZATION = "authorization",
    CACHE_CONTROL = "cache-control",
    CONNECTION = "connection",
    CONTENT_ENCODING = "content-encoding",
    CONTENT_LENGTH = "content-length",
    CONTENT_SECURITY_POLICY = "content-security-policy",
    CONTENT_TYPE = "content-type",
    COOKIE = "cookie",
    CROSS_ORIGIN_OPENER_POLICY = "cross-origin-opener-policy",
    CROSS_ORIGIN_RESOURCE_POLICY = "cross-origin-resource-policy",
    ETAG = "etag",
    EXPECT = "expect",
    HOST = "host",
    IF_MATCH = "if-match",
    IF_NONE_MATCH = "if-none-match",
    KEEP_ALIVE = "keep-alive",
    LINK = "link",
    LOCATION = "location",
    ORIGIN = "origin",
    PERMISSIONS_POLICY = "permissions-policy",
    PROXY_AUTHENTICATE = "proxy-authenticate",
    PROXY_AUTHORIZATION = "proxy-authorization",
    PROXY_CONNECTION = "proxy-connection",
    REFERRER_POLICY = "referrer-policy",
    RETRY_AFTER = "retry-after",
    SEC_FETCH_SITE = "sec-fetch-site",
    TE = "te",
    TRANSFER_ENCODING = "transfer-encoding",
    UPGRADE = "upgrade",
    USER_AGENT = "user-agent",
    VARY = "vary",
    WWW_AUTHENTICATE = "www-authenticate",
    X_CONTENT_TYPE_OPTIONS = "x-content-type-options",
    X_FORWARDED_HOST = "x-forwarded-host",
    X_FORWARDED_URI = "x-forwarded-uri",
}
