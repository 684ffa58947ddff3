//! A team, and what its identity provider does.

use http::Method;
use serde_json::{Value, json};
use xtask::client::Client;
use xtask::edge::Connection;

use crate::answer::Answer;
use crate::site::{BODY_MARK, DOMAIN, Site};

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

pub(crate) struct Team<'s> {
    pub(crate) site: &'s Site,
    pub(crate) id: String,
    pub(crate) connection: Connection,
}

impl<'s> Team<'s> {
    /// A new team with SCIM switched on by its owner.
    pub(crate) fn new(site: &'s Site, id: &str) -> Self {
        let owner = address("owner", id);
        site.create_team(id, "Test", &[], &[&owner]).unwrap();
        let connection = site.enable_scim(id, &owner).unwrap();
        site.keep_secret(&connection.token);
        Self { site, id: id.to_owned(), connection }
    }

    /// The same team, at another edge on the same state.
    pub(crate) fn at<'o>(&self, site: &'o Site) -> Team<'o> {
        site.keep_secret(&self.connection.token);
        Team { site, id: self.id.clone(), connection: self.connection.clone() }
    }

    /// The address of somebody in this team.
    pub(crate) fn address(&self, name: &str) -> String {
        address(name, &self.id)
    }

    /// The path of something at the SCIM endpoint.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("{}{rest}", self.connection.path())
    }

    /// What a SCIM request has to carry.
    pub(crate) fn headers(&self) -> [(&'static str, String); 2] {
        [
            ("authorization", self.connection.bearer()),
            ("content-type", "application/scim+json".to_owned()),
        ]
    }

    pub(crate) fn scim_on(
        &self,
        client: &mut Client,
        method: Method,
        rest: &str,
        body: &str,
    ) -> Answer {
        let headers = self.headers();
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        client.send(method, &self.path(rest), &headers, body.to_owned()).unwrap().into()
    }

    pub(crate) fn scim(&self, method: Method, rest: &str, body: &str) -> Answer {
        self.scim_on(&mut self.site.http1(), method, rest, body)
    }

    /// A user's body.
    pub(crate) fn user(&self, name: &str) -> Value {
        json!({ "schemas": [USER], "userName": self.address(name), "displayName": BODY_MARK })
    }

    pub(crate) fn create(&self, name: &str) -> Answer {
        self.scim(Method::POST, "/Users", &self.user(name).to_string())
    }

    /// Creates a user and gives the id.
    #[track_caller]
    pub(crate) fn provision(&self, name: &str) -> String {
        self.create(name).expect(201).json()["id"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn set_active(&self, id: &str, active: bool) {
        let body = set_active(active).to_string();
        self.scim(Method::PATCH, &format!("/Users/{id}"), &body).expect(200);
    }

    /// The present token and endpoint, tried out.
    pub(crate) fn list(&self) -> Answer {
        self.scim(Method::GET, "/Users", "")
    }

    /// A page of this team behind the gate.
    pub(crate) fn page(&self, rest: &str) -> String {
        format!("/t/{}/{rest}", self.id)
    }

    /// Asks for a page as this person.
    pub(crate) fn visit(&self, name: &str) -> Answer {
        self.site.get(&self.page("page"), &self.signed_in(name))
    }

    /// The `authorization` header of this person.
    pub(crate) fn signed_in(&self, name: &str) -> String {
        self.site.signed_in(&self.address(name))
    }
}

pub(crate) fn set_active(active: bool) -> Value {
    json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "active", "value": active }] })
}

pub(crate) fn address(name: &str, team: &str) -> String {
    format!("{name}.{team}@{DOMAIN}")
}
