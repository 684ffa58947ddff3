//! What the test of an identity provider does, run by the service itself: the same operations on the same store, in one
//! transaction that is never committed. So nothing of it is kept, and nobody else sees it.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;

use super::{Call, dispatch};
use crate::authn::BearerToken;
use crate::host::{Entropy as _, Host};
use crate::http::{Request, Response, header};
use crate::json::number::of_thousandths;
use crate::json::typed::object;
use crate::json::{parse_value, to_bytes};
use crate::manage::{Caller, Problem};
use crate::provisioning::connection::{ConnectionRefusal, EndpointId, Provisioner};
use crate::provisioning::group::Nesting;
use crate::provisioning::{Actor, OperationError, Run, TeamId, team, transact_unsettled};
use crate::router::{Endpoint, route};
use crate::service::Service;
use crate::service::import::under_way;
use crate::store::{Store, StoreError, Transaction};

/// Where the test's person is when the team has no verified domain: nowhere (RFC 2606 §2).
const NOWHERE: &str = "scim-test.invalid";

/// How a trial ends. None of it is a commit.
enum Ended {
    Refused(Problem),
    Done(Vec<Value>),
}

impl From<Problem> for Ended {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl<S: Store, H: Host> Service<S, H> {
    /// Answers `POST /v1/teams/<team>/scim/test`.
    pub(in crate::service) async fn try_out(&self, caller: &Caller, id: &TeamId) -> Response {
        let times = Times { begun: self.host.uptime(), ends: RefCell::default() };
        let (ended, _) = transact_unsettled(&self.store, &self.host, |transaction, run| {
            self.trial(transaction, run, &times, caller, id)
        })
        .await;
        match ended {
            Ok(never) => match never {},
            Err(OperationError::Store(error)) => self.store_problem(&error).to_response(),
            Err(OperationError::Refused(Ended::Refused(problem))) => problem.to_response(),
            Err(OperationError::Refused(Ended::Done(steps))) => {
                let document = object!({ "steps": steps });
                Response::json(StatusCode::OK, "application/json", &document)
            }
        }
    }

    fn trial(
        &self,
        transaction: &mut impl Transaction,
        run: &Run<'_>,
        times: &Times,
        caller: &Caller,
        id: &TeamId,
    ) -> Result<Infallible, OperationError<Ended>> {
        let refused = |problem: Problem| OperationError::Refused(Ended::Refused(problem));
        let allowed = caller.require_platform_or_owner(transaction, id);
        allowed.map_err(|error| error.map(Ended::from))?;
        let disabled = || refused(Problem::from(ConnectionRefusal::Disabled));
        let team = team::find(transaction, id)?.ok_or_else(disabled)?;
        if team.importing.is_some() {
            return Err(refused(under_way()));
        }
        let connection = team.connection.as_ref().ok_or_else(disabled)?;
        let endpoint = EndpointId { team: id.clone(), random: connection.endpoint.clone() };
        let trial = Trial {
            service: self,
            run,
            times,
            endpoint: endpoint.to_string(),
            provisioner: Provisioner { team_id: id.clone(), team },
            steps: Vec::new(),
        };
        Err(OperationError::Refused(Ended::Done(trial.steps(transaction)?)))
    }
}

/// When a trial began, and when each of its steps was done for the first time: what a step lacks is fetched meanwhile, and
/// all steps are done again.
struct Times {
    begun: Duration,
    ends: RefCell<Vec<Duration>>,
}

impl Times {
    /// How long the step at position `at` took, which is done `now`.
    fn took(&self, at: usize, now: Duration) -> Duration {
        let mut ends = self.ends.borrow_mut();
        if ends.len() == at {
            ends.push(now);
        }
        let end_of = |at: usize| ends.get(at).copied().unwrap_or(now);
        end_of(at).saturating_sub(at.checked_sub(1).map_or(self.begun, end_of))
    }
}

/// A trial under way.
struct Trial<'t, S, H> {
    service: &'t Service<S, H>,
    run: &'t Run<'t>,
    times: &'t Times,
    endpoint: String,
    provisioner: Provisioner,
    steps: Vec<Value>,
}

/// What is sent in a step, and what has to come back.
struct Step<'s> {
    name: &'static str,
    method: Method,
    /// Path and query below the endpoint.
    target: &'s str,
    /// What is shown of it.
    shown: &'static str,
    body: Value,
    expected: StatusCode,
}

impl<S: Store, H: Host> Trial<'_, S, H> {
    /// Does the steps one after the other, as far as they make sense.
    fn steps(mut self, transaction: &mut impl Transaction) -> Result<Vec<Value>, StoreError> {
        let name = self.user_name();
        let by_name = format!("/Users?filter=userName%20eq%20%22{name}%22");
        let get = |name, target, shown, expected| Step {
            name,
            method: Method::GET,
            target,
            shown,
            body: Value::Null,
            expected,
        };
        let none = |list: &Value| list.get("totalResults") == Some(&Value::from(0));
        let one = |list: &Value| list.get("totalResults") == Some(&Value::from(1));
        let any = |_: &Value| true;

        let step = get("wrong_token", "/Users?count=1", "GET /Users", StatusCode::UNAUTHORIZED);
        self.step(transaction, step, &any)?;
        let path = "/ServiceProviderConfig";
        let step = get("configuration", path, "GET /ServiceProviderConfig", StatusCode::OK);
        self.step(transaction, step, &any)?;
        let filter = "GET /Users?filter=userName eq \"…\"";
        let step = get("unknown", &by_name, filter, StatusCode::OK);
        self.step(transaction, step, &none)?;
        let step = Step {
            name: "create",
            method: Method::POST,
            target: "/Users",
            shown: "POST /Users",
            body: person(&name),
            expected: StatusCode::CREATED,
        };
        let created = self.step(transaction, step, &any)?;
        let Some(id) = created.get("id").and_then(Value::as_str) else { return Ok(self.steps) };
        let path = format!("/Users/{id}");
        let step = get("read", &path, "GET /Users/…", StatusCode::OK);
        let written = |user: &Value| user.get("userName") == Some(&Value::from(&*name));
        self.step(transaction, step, &written)?;
        self.step(transaction, get("find", &by_name, filter, StatusCode::OK), &one)?;
        let step = Step {
            name: "deactivate",
            method: Method::PATCH,
            target: &path,
            shown: "PATCH /Users/…",
            body: deactivation(),
            expected: StatusCode::OK,
        };
        let inactive = |user: &Value| user.get("active") == Some(&Value::Bool(false));
        self.step(transaction, step, &inactive)?;
        let step = Step {
            name: "delete",
            method: Method::DELETE,
            target: &path,
            shown: "DELETE /Users/…",
            body: Value::Null,
            expected: StatusCode::NO_CONTENT,
        };
        self.step(transaction, step, &any)?;
        let step = get("gone", &path, "GET /Users/…", StatusCode::NOT_FOUND);
        self.step(transaction, step, &any)?;
        Ok(self.steps)
    }

    /// The address of somebody who is nobody.
    fn user_name(&self) -> String {
        let mut random = [0; 8];
        self.run.fill(&mut random);
        let domain = self
            .provisioner
            .team
            .verified_domains
            .first()
            .map_or(NOWHERE, |domain| domain.as_str());
        format!("scim-test-{}@{domain}", hex::encode(random))
    }

    /// Does a step and notes how it ended. `holds` looks at what is answered.
    fn step(
        &mut self,
        transaction: &mut impl Transaction,
        step: Step<'_>,
        holds: &dyn Fn(&Value) -> bool,
    ) -> Result<Value, StoreError> {
        let response = self.ask(transaction, &step)?;
        let took = self.times.took(self.steps.len(), self.service.host.uptime()).as_micros();
        let answer = if response.body.is_empty() {
            Value::Null
        } else {
            parse_value(&response.body).unwrap_or_default()
        };
        let ok = response.status == step.expected && holds(&answer);
        let detail = answer.get("detail").filter(|_| !ok);
        self.steps.push(object!({
            "step": step.name,
            "request": step.shown,
            "status": response.status.as_u16(),
            "expected": step.expected.as_u16(),
            "ok": ok,
            "ms": Value::Number(of_thousandths(u64::try_from(took).unwrap_or(u64::MAX))),
            "detail": detail,
        }));
        Ok(answer)
    }

    fn ask(
        &self,
        transaction: &mut impl Transaction,
        step: &Step<'_>,
    ) -> Result<Response, StoreError> {
        let service = self.service;
        let base_url = service.base_url(&self.endpoint);
        let target = format!("/scim/v2/{}{}", self.endpoint, step.target);
        let mut request = Request::new(step.method.clone(), &target);
        if !step.body.is_null() {
            request.body = to_bytes(&step.body);
        }
        let Endpoint::Scim { resource, .. } = route(&request.path) else {
            return Err(StoreError::corrupt("an endpoint's path is none of SCIM"));
        };
        let answer = if step.expected == StatusCode::UNAUTHORIZED {
            let wrong = format!("Bearer {}", BearerToken::generate(&self.run).reveal());
            let _ = request.headers.set(header::AUTHORIZATION, &wrong);
            service.perform(transaction, self.run, &self.endpoint, resource.as_ref(), &request)
        } else {
            let call = Call {
                context: self.run.context(&Actor::IdentityProvider),
                provisioner: self.provisioner.clone(),
                request: &request,
                base_url,
                nesting: Nesting::default(),
                looked_at: Cell::default(),
            };
            dispatch(transaction, &call, resource.as_ref())
        };
        match answer {
            Ok(response) => Ok(response),
            Err(OperationError::Refused(failure)) => Ok(failure.to_response()),
            Err(OperationError::Store(error)) => Err(error),
        }
    }
}

fn person(name: &str) -> Value {
    object!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "name": object!({ "givenName": "Test", "familyName": "Connection" }),
        "emails": [object!({ "value": name, "type": "work", "primary": true })],
        "active": true,
    })
}

fn deactivation() -> Value {
    object!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [object!({ "op": "replace", "path": "active", "value": false })],
    })
}
