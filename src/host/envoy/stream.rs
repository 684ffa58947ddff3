//! One request.
//!
//! While it is being collected or decided on, headers, body and trailers are held back. The SDK's default for a
//! body is to let it through, which would resume a request that nobody has decided on.

use std::cell::Cell;
use std::rc::Rc;

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use super::choice::PluginStore;
use super::request;
use super::upload::{Pipe, Reader};
use super::waiting::Operation;
use super::worker::Worker;
use crate::http::{BODY_MAX, Request, Response};
use crate::service::{Outcome, UploadError};

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Its body is arriving.
    Collecting,
    /// All is there that is needed, the decision is not.
    Deciding,
    /// It goes to the service behind.
    Forwarded,
    /// We answered it.
    Answered,
    /// The client is gone.
    Gone,
}

/// What of a request is here, and what became of it.
#[derive(Debug)]
struct Progress {
    stage: Cell<Stage>,
    /// How much of the body Envoy holds, in bytes.
    held: Cell<usize>,
    /// Whether nothing more of it will arrive.
    ended: Cell<bool>,
}

/// One request's filter.
pub(super) struct Stream<S> {
    id: u32,
    worker: Option<Rc<Worker<S>>>,
    progress: Rc<Progress>,
    /// The head, while the body is collected.
    head: Option<Rc<Request>>,
    /// The body, where it is read while it arrives.
    upload: Option<Rc<Pipe>>,
}

impl<S: PluginStore + 'static> Stream<S> {
    pub(super) fn new(id: u32, worker: Option<Rc<Worker<S>>>) -> Self {
        let progress = Progress {
            stage: Cell::new(Stage::Collecting),
            held: Cell::new(0),
            ended: Cell::new(false),
        };
        Self { id, worker, progress: Rc::new(progress), head: None, upload: None }
    }

    /// What Envoy is to do with what it just delivered.
    fn action(&self) -> Action {
        match self.progress.stage.get() {
            Stage::Forwarded => Action::Continue,
            Stage::Collecting | Stage::Deciding | Stage::Answered | Stage::Gone => Action::Pause,
        }
    }

    fn answer(&self, response: &Response) {
        self.progress.stage.set(Stage::Answered);
        request::answer(response);
    }

    /// Decides on `request`, now if that is possible, else when the store has answered.
    fn decide(&self, worker: &Rc<Worker<S>>, request: Request) {
        self.progress.stage.set(Stage::Deciding);
        let (id, progress) = (self.id, Rc::clone(&self.progress));
        let owner = Rc::clone(worker);
        self.begin(worker, async move |in_callback| {
            let outcome = owner.service.handle(&request).await;
            carry_out(id, &request, &progress, &outcome, in_callback.get());
            owner.service.go_on().await;
        });
    }

    /// Begins an operation, which is told whether this callback still lasts.
    fn begin<F: Future<Output = ()> + 'static>(
        &self,
        worker: &Worker<S>,
        operation: impl FnOnce(Rc<Cell<bool>>) -> F,
    ) {
        let in_callback = Rc::new(Cell::new(true));
        let operation: Operation = Box::pin(operation(Rc::clone(&in_callback)));
        worker.begin(self.id, operation);
        in_callback.set(false);
    }

    /// Begins to read the body of a request with this `head` while it arrives.
    fn begin_upload(&mut self, worker: &Rc<Worker<S>>, head: Request) {
        self.progress.stage.set(Stage::Deciding);
        let (id, progress, owner) = (self.id, Rc::clone(&self.progress), Rc::clone(worker));
        let pipe = Rc::new(Pipe::default());
        pipe.take(0, self.progress.ended.get());
        let reader = Reader(Rc::clone(&pipe));
        self.upload = Some(pipe);
        self.begin(worker, async move |in_callback| {
            let outcome = Outcome::Answer(owner.service.import(&head, reader).await);
            carry_out(id, &head, &progress, &outcome, in_callback.get());
            owner.service.go_on().await;
        });
    }

    /// Hands on what has arrived of a body that is read while it arrives. False: it is not.
    fn hand_on(&self, size: usize) -> bool {
        let (Some(pipe), Some(worker)) = (&self.upload, &self.worker) else { return false };
        pipe.take(size, self.progress.ended.get());
        worker.go_on(self.id);
        true
    }

    /// Looks at what has arrived of the body; decides at its end.
    fn collect(&mut self) {
        let Some(worker) = self.worker.clone() else { return };
        let held = self.progress.held.get();
        if held > BODY_MAX {
            if let Some(head) = self.head.take() {
                self.answer(&worker.service.refuse_large_body(&head.path));
            }
        } else if self.progress.ended.get()
            && let Some(head) = self.head.take()
        {
            let mut request = Rc::unwrap_or_clone(head);
            request.body = request::read_body(held);
            self.decide(&worker, request);
        }
    }

    /// Begins to collect a body, unless the head alone is enough to refuse. Where the store has to be asked for that,
    /// the refusal may come while the body does.
    fn begin_to_collect(&mut self, worker: &Rc<Worker<S>>, head: Request) {
        let head = Rc::new(head);
        self.head = Some(Rc::clone(&head));
        let (id, progress) = (self.id, Rc::clone(&self.progress));
        let owner = Rc::clone(worker);
        self.begin(worker, async move |in_callback| {
            let refusal = owner.service.refuse_early(&head).await;
            if let Some(response) = refusal
                && progress.stage.get() == Stage::Collecting
            {
                let outcome = Outcome::Answer(response);
                carry_out(id, &head, &progress, &outcome, in_callback.get());
            }
        });
    }
}

/// Does what was decided. Outside the stream's own callbacks the stream is put in effect first, and resumed.
fn carry_out(
    id: u32,
    request: &Request,
    progress: &Progress,
    outcome: &Outcome,
    in_callback: bool,
) {
    let stage = &progress.stage;
    if stage.get() == Stage::Gone {
        return;
    }
    if !in_callback {
        let _ = hostcalls::set_effective_context(id);
    }
    match outcome {
        Outcome::Answer(response) => {
            stage.set(Stage::Answered);
            request::answer(response);
        }
        Outcome::Forward(pass) => {
            stage.set(Stage::Forwarded);
            request::forward(request, pass.as_ref());
            // Half a body that Envoy was told to hold goes on together with its next part, which gets `Continue`. If it
            // were resumed here, Envoy would take it for held still when the next part comes, and where the route may
            // retry, which shares that buffer, the service would get it twice.
            let half = progress.held.get() > 0 && !progress.ended.get();
            if !in_callback && !half {
                let _ = hostcalls::resume_http_request();
            }
        }
    }
}

impl<S: PluginStore + 'static> Context for Stream<S> {
    fn on_done(&mut self) -> bool {
        self.progress.stage.set(Stage::Gone);
        if let Some(pipe) = &self.upload {
            pipe.end(Err(UploadError::Gone));
        }
        true
    }
}

impl<S: PluginStore + 'static> HttpContext for Stream<S> {
    fn on_http_request_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        // Without a configuration Envoy does not start; a request that is here all the same gets no further.
        let Some(worker) = self.worker.clone() else { return Action::Pause };
        self.progress.ended.set(end_of_stream);
        let mut head = request::read_head();
        let needs = worker.service.needs(&head.path);
        if needs.identity {
            head.identity = request::read_identity(&worker.identity);
        }
        if needs.upload {
            self.begin_upload(&worker, head);
        } else if needs.body && !end_of_stream {
            self.begin_to_collect(&worker, head);
        } else {
            self.decide(&worker, head);
        }
        self.action()
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        self.progress.held.set(size);
        self.progress.ended.set(end_of_stream);
        if self.hand_on(size) {
            return self.action();
        }
        if self.progress.stage.get() == Stage::Collecting {
            self.collect();
        }
        self.action()
    }

    fn on_http_request_trailers(&mut self, _count: usize) -> Action {
        // A body with trailers ends here, not in the body's callback.
        self.progress.ended.set(true);
        if self.hand_on(0) {
            return self.action();
        }
        if self.progress.stage.get() == Stage::Collecting {
            self.collect();
        }
        self.action()
    }
}
