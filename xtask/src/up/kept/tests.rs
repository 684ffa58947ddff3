use super::*;
use crate::demo;

#[test]
fn what_is_kept_makes_the_same_product_and_connection_again() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Kept::read(folder.path()).unwrap().is_none());
    let product = Product::new(Service::start().unwrap()).unwrap();
    let connection = Connection {
        endpoint_url: "http://127.0.0.1:8080/scim/v2/demo.abc".into(),
        token: demo::secret("scim_").unwrap(),
    };
    Kept::write(folder.path(), &product, &connection).unwrap();
    let kept = Kept::read(folder.path()).unwrap().unwrap();
    let again = kept.product(Service::start().unwrap()).unwrap();
    assert_eq!(again.platform_key, product.platform_key);
    assert_eq!(again.sign_in.jwks(), product.sign_in.jwks());
    let elsewhere = kept.connection("http://127.0.0.1:9090");
    assert_eq!(elsewhere.endpoint_url, "http://127.0.0.1:9090/scim/v2/demo.abc");
    assert_eq!(elsewhere.token, connection.token);
}

#[test]
fn a_file_that_is_not_understood_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), "{").unwrap();
    let error = format!("{:#}", Kept::read(folder.path()).err().unwrap());
    assert!(error.contains("demo.json cannot be understood"), "{error}");
}
