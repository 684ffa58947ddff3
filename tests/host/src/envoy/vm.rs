//! One VM of the module: the callbacks that Envoy makes, and when.

use std::fmt;
use std::sync::Arc;

use wasmtime::{Instance, Store, TypedFunc, WasmParams, WasmResults};

use super::guest::{Guest, ROOT};
use super::process::Process;
use super::stream::{Action, Ask, End, Fields, HttpStream};

/// A VM has trapped, and is of no use any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash(pub String);

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Crash {}

/// A request in a VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId(u32);

/// A VM.
pub struct Vm {
    store: Store<Guest>,
    instance: Instance,
    last: u32,
}

type Callback<P, R> = Result<TypedFunc<P, R>, Crash>;

impl Vm {
    /// Begins a VM with the process's configuration.
    ///
    /// # Errors
    ///
    /// If it traps, or refuses the configuration.
    pub async fn start(process: &Arc<Process>) -> Result<Self, Crash> {
        let filter = process.filter().linked();
        let mut store = Store::new(filter.module().engine(), Guest::new(Arc::clone(process)));
        let instance = filter.instantiate_async(&mut store).await.map_err(crash)?;
        let memory = instance
            .get_memory(&mut store, "memory")
            .ok_or_else(|| Crash("the module has no memory".to_owned()))?;
        let allocate =
            instance.get_typed_func(&mut store, "proxy_on_memory_allocate").map_err(crash)?;
        store.data_mut().export(memory, allocate);
        let mut vm = Self { store, instance, last: ROOT };
        vm.call::<(), ()>(ROOT, "_initialize", ()).await?;
        vm.call::<(u32, u32), ()>(ROOT, "proxy_on_context_create", (ROOT, 0)).await?;
        let size = u32::try_from(process.configuration().len()).unwrap_or(u32::MAX);
        for (name, size) in [("proxy_on_vm_start", 0), ("proxy_on_configure", size)] {
            if vm.call::<(u32, u32), u32>(ROOT, name, (ROOT, size)).await? == 0 {
                return Err(Crash(format!("{name} says no: {:?}", process.log().last())));
            }
        }
        Ok(vm)
    }

    fn function<P: WasmParams, R: WasmResults>(&mut self, name: &str) -> Callback<P, R> {
        self.instance.get_typed_func(&mut self.store, name).map_err(crash)
    }

    async fn call<P: WasmParams + Sync, R: WasmResults + Sync>(
        &mut self,
        context: u32,
        name: &str,
        parameters: P,
    ) -> Result<R, Crash> {
        let function = self.function::<P, R>(name)?;
        self.store.data_mut().enter(context);
        function.call_async(&mut self.store, parameters).await.map_err(crash)
    }

    /// Shows the filter something of a request, and carries out what it says.
    async fn show<P: WasmParams + Sync>(
        &mut self,
        StreamId(id): StreamId,
        name: &str,
        parameters: P,
    ) -> Result<(), Crash> {
        let action = match self.call::<P, u32>(id, name, parameters).await? {
            0 => Action::Continue,
            _ => Action::Pause,
        };
        if let Some(stream) = self.stream(StreamId(id)) {
            stream.act(action);
        }
        Ok(())
    }

    fn stream(&mut self, StreamId(id): StreamId) -> Option<&mut HttpStream> {
        self.store.data_mut().streams.get_mut(&id)
    }

    /// A request begins: its head is there, of which `ended` says whether it is all.
    ///
    /// # Errors
    ///
    /// If the VM traps, as with all callbacks.
    pub async fn begin(&mut self, head: &Ask, ended: bool) -> Result<StreamId, Crash> {
        self.last = self.last.saturating_add(1);
        let id = self.last;
        let stream = HttpStream::new(head.fields.clone(), head.claims.clone(), ended);
        let fields = count(&stream.fields);
        self.store.data_mut().streams.insert(id, stream);
        self.call::<(u32, u32), ()>(id, "proxy_on_context_create", (id, ROOT)).await?;
        let parameters = (id, fields, u32::from(ended));
        self.show(StreamId(id), "proxy_on_request_headers", parameters).await?;
        Ok(StreamId(id))
    }

    /// A part of the body arrives.
    pub async fn part(&mut self, id: StreamId, bytes: &[u8], ended: bool) -> Result<(), Crash> {
        let Some(stream) = self.stream(id).filter(|stream| !stream.is_answered()) else {
            return Ok(());
        };
        stream.arrive(bytes, ended);
        let size = u32::try_from(stream.held.len()).unwrap_or(u32::MAX);
        self.show(id, "proxy_on_request_body", (id.0, size, u32::from(ended))).await
    }

    /// The trailers arrive, and with them the end.
    pub async fn trailers(&mut self, id: StreamId, fields: &Fields) -> Result<(), Crash> {
        let Some(stream) = self.stream(id).filter(|stream| !stream.is_answered()) else {
            return Ok(());
        };
        stream.arrive_trailers(fields.clone());
        self.show(id, "proxy_on_request_trailers", (id.0, count(fields))).await
    }

    /// All of a request arrives.
    pub async fn send(&mut self, ask: &Ask) -> Result<StreamId, Crash> {
        let ends_with_head = ask.body.is_empty() && ask.trailers.is_none();
        let id = self.begin(ask, ends_with_head).await?;
        for (number, part) in ask.body.iter().enumerate() {
            let is_last = number.saturating_add(1) == ask.body.len();
            self.part(id, part, is_last && ask.trailers.is_none()).await?;
        }
        if let Some(fields) = &ask.trailers {
            self.trailers(id, fields).await?;
        }
        Ok(id)
    }

    /// What has become of a request so far.
    pub fn end(&self, StreamId(id): StreamId) -> Option<End> {
        self.store.data().streams.get(&id)?.end().cloned()
    }

    /// How many requests there are.
    pub fn streams(&self) -> usize {
        self.store.data().streams.len()
    }

    /// A request is over: it was answered, or its client has hung up. Whatever belongs to it goes.
    pub async fn close(&mut self, StreamId(id): StreamId) -> Result<(), Crash> {
        self.call::<u32, u32>(id, "proxy_on_done", id).await?;
        // Envoy calls only what a filter exports, and this one has nothing to say there.
        if self.instance.get_func(&mut self.store, "proxy_on_log").is_some() {
            self.call::<u32, ()>(id, "proxy_on_log", id).await?;
        }
        self.call::<u32, ()>(id, "proxy_on_delete", id).await?;
        let guest = self.store.data_mut();
        guest.streams.remove(&id);
        guest.grpc.end(id);
        Ok(())
    }

    /// Makes the next callback that is due, for which time may have to pass. False: there is none, nor will there be.
    pub async fn turn(&mut self) -> Result<bool, Crash> {
        let guest = self.store.data_mut();
        let process = Arc::clone(&guest.process);
        let ring = process.queues().ring(guest.vm);
        if let Some(ring) = ring {
            let parameters = (ring.owner.context, ring.queue);
            self.call::<(u32, u32), ()>(ring.owner.context, "proxy_on_queue_ready", parameters)
                .await?;
            return Ok(true);
        }
        if guest.timer_is_due() {
            return self.tick().await;
        }
        let weather = process.world().weather();
        let delivery = match guest.grpc.take_call() {
            Some(call) => Some(call.make(process.world()).await),
            None => self.store.data_mut().grpc.news(&*weather),
        };
        let Some(delivery) = delivery else { return self.tick().await };
        self.store.data_mut().grpc.show(&delivery.brings);
        let (context, token) = (delivery.context, delivery.token);
        match delivery.brings {
            Ok(message) => {
                let size = u32::try_from(message.len()).unwrap_or(u32::MAX);
                let parameters = (context, token, size);
                self.call::<(u32, u32, u32), ()>(context, "proxy_on_grpc_receive", parameters)
                    .await?;
            }
            Err(status) => {
                let parameters = (context, token, status);
                self.call::<(u32, u32, u32), ()>(context, "proxy_on_grpc_close", parameters)
                    .await?;
            }
        }
        self.store.data_mut().grpc.hide();
        Ok(true)
    }

    async fn tick(&mut self) -> Result<bool, Crash> {
        if !self.store.data_mut().wait_for_timer() {
            return Ok(false);
        }
        self.call::<u32, ()>(ROOT, "proxy_on_tick", ROOT).await?;
        Ok(true)
    }

    /// The plug-in has to go, as another configuration has come: Envoy lets it finish what it has begun.
    ///
    /// # Errors
    ///
    /// Also where it never finishes, or leaves a stream that Envoy would then follow into freed memory.
    pub async fn leave(mut self) -> Result<(), Crash> {
        let mut done = self.call::<u32, u32>(ROOT, "proxy_on_done", ROOT).await? != 0;
        while !done {
            if !self.turn().await? {
                return Err(Crash("the plug-in is never done".to_owned()));
            }
            done = self.store.data().done;
        }
        self.call::<u32, ()>(ROOT, "proxy_on_delete", ROOT).await?;
        match self.store.data_mut().grpc.end(ROOT) {
            0 => Ok(()),
            left => Err(Crash(format!("{left} closed streams were not cancelled"))),
        }
    }
}

fn count(fields: &Fields) -> u32 {
    u32::try_from(fields.len()).unwrap_or(u32::MAX)
}

fn crash(error: wasmtime::Error) -> Crash {
    Crash(format!("{error:?}"))
}

impl fmt::Debug for Vm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vm").field("streams", &self.streams()).finish_non_exhaustive()
    }
}
