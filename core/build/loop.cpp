#include "build/loop.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include <uv.h>

#include <cstdlib>
#include <mutex>

#include "base/unique_fd.hpp"
#include "build/line_splitter.hpp"

namespace tierbuild::build {
namespace {

struct Job {
  uv_work_t request{};
  std::function<void()> work, done;
};

struct Timer {
  uv_timer_t handle{};
  std::function<void()> callback;
};

template <class Handle>
uv_handle_t* as_handle(Handle* handle) {
  return reinterpret_cast<uv_handle_t*>(handle);
}

}  // namespace

// One child process with its three pipes: standard output and error share one, so that their lines keep their
// order. It goes when the process has ended and every pipe is closed.
struct Child {
  struct Output {
    uv_pipe_t pipe{};
    Child* owner = nullptr;
    bool open = false;
    std::array<char, 65536> buffer{};
  };

  Loop::ChildId id = 0;
  uv_process_t process{};
  uv_pipe_t input_pipe{};
  uv_write_t write_request{};
  std::string input;
  std::array<Output, 2> outputs;  // output, report
  LineSplitter lines;
  ChildExit result;
  std::function<void(std::string_view)> on_line;
  std::function<void(ChildExit)> on_exit;
  std::function<void(Child*)> forget;
  int pending = 0;  // handles that are still open

  void closed() {
    if (--pending > 0) return;
    lines.finish(on_line);
    auto finish = std::move(on_exit);
    ChildExit exit = std::move(result);
    forget(this);  // deletes this
    finish(std::move(exit));
  }
};

struct Loop::State {
  uv_loop_t loop{};
  uv_async_t wake{};
  std::mutex posted_mutex;
  std::vector<std::function<void()>> posted;
  std::map<ChildId, std::unique_ptr<Child>> children;
  std::map<TimerId, Timer*> timers;
  uint64_t next_id = 1;
  struct sigaction sigpipe {};

  void run_posted() {
    std::vector<std::function<void()>> calls;
    {
      std::lock_guard lock(posted_mutex);
      calls.swap(posted);
    }
    for (auto& call : calls) call();
  }
};

Loop::Loop(unsigned workers) : state_(std::make_unique<State>()) {
  // A child may end before it has read its input: that is its exit status, not the end of this program.
  ::sigaction(SIGPIPE, nullptr, &state_->sigpipe);
  if (state_->sigpipe.sa_handler == SIG_DFL) ::signal(SIGPIPE, SIG_IGN);
  // libuv reads this once, when the first work is queued in this process.
  ::setenv("UV_THREADPOOL_SIZE", std::to_string(std::max(workers, 1u)).c_str(), 0);
  TB_CHECK(uv_loop_init(&state_->loop) == 0);
  state_->wake.data = state_.get();
  TB_CHECK(uv_async_init(&state_->loop, &state_->wake,
                         [](uv_async_t* handle) { static_cast<State*>(handle->data)->run_posted(); }) == 0);
  uv_unref(as_handle(&state_->wake));
}

Loop::~Loop() {
  uv_close(as_handle(&state_->wake), nullptr);
  uv_run(&state_->loop, UV_RUN_DEFAULT);
  TB_CHECK(uv_loop_close(&state_->loop) == 0);
  ::sigaction(SIGPIPE, &state_->sigpipe, nullptr);
}

void Loop::run() {
  uv_run(&state_->loop, UV_RUN_DEFAULT);
}

void Loop::queue(std::function<void()> work, std::function<void()> done) {
  auto* job = new Job{{}, std::move(work), std::move(done)};
  job->request.data = job;
  TB_CHECK(uv_queue_work(
               &state_->loop, &job->request,
               [](uv_work_t* request) { static_cast<Job*>(request->data)->work(); },
               [](uv_work_t* request, int) {
                 std::unique_ptr<Job> finished(static_cast<Job*>(request->data));
                 finished->done();
               }) == 0);
}

namespace {

struct PipePair {
  UniqueFd read, write;
};

// Real pipes, not socket pairs: a step may open /dev/stdout anew.
Result<PipePair> make_pipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) return Error::os(errno, "cannot make a pipe");
  return PipePair{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

void on_child_exit(uv_process_t* process, int64_t status, int signal) {
  auto* child = static_cast<Child*>(process->data);
  child->result.status = signal != 0 ? 128 + signal : static_cast<int>(status);
  uv_close(as_handle(process), [](uv_handle_t* handle) { static_cast<Child*>(handle->data)->closed(); });
}

void close_output(Child::Output* output) {
  if (!output->open) return;
  output->open = false;
  uv_close(as_handle(&output->pipe),
           [](uv_handle_t* handle) { static_cast<Child::Output*>(handle->data)->owner->closed(); });
}

void on_output(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  auto* output = static_cast<Child::Output*>(stream->data);
  Child* child = output->owner;
  if (size < 0) return close_output(output);
  std::string_view bytes(buffer->base, static_cast<size_t>(size));
  if (output == &child->outputs[0]) child->lines.feed(bytes, child->on_line);
  if (output == &child->outputs[1] && child->result.report.size() < (1 << 20)) child->result.report += bytes;
}

void on_input_written(uv_write_t* request, int) {
  uv_close(as_handle(request->handle),
           [](uv_handle_t* handle) { static_cast<Child*>(handle->data)->closed(); });
}

}  // namespace

Result<Loop::ChildId> Loop::spawn(const ChildSpec& spec, std::function<void(std::string_view)> on_line,
                                  std::function<void(ChildExit)> on_exit) {
  auto child = std::make_unique<Child>();
  TB_LET(PipePair in, make_pipe());
  std::array<PipePair, 2> out;
  for (PipePair& pipe : out) {
    TB_LET(pipe, make_pipe());
  }

  std::vector<std::string> texts = spec.argv;
  std::vector<char*> argv;
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);
  std::array<uv_stdio_container_t, 4> stdio{};
  auto inherit = [&](size_t index, const UniqueFd& fd) {
    stdio[index].flags = UV_INHERIT_FD;
    stdio[index].data.fd = fd.get();
  };
  inherit(0, in.read);
  inherit(1, out[0].write);
  inherit(2, out[0].write);
  inherit(3, out[1].write);
  uv_process_options_t options{};
  options.file = argv[0];
  options.args = argv.data();
  options.stdio = stdio.data();
  options.stdio_count = static_cast<int>(stdio.size());
  options.exit_cb = on_child_exit;
  Child* raw = child.get();
  raw->process.data = raw;
  if (int failure = uv_spawn(&state_->loop, &raw->process, &options); failure != 0) {
    // libuv has registered the handle already: it must be closed by the loop before it may go.
    raw->on_exit = [](ChildExit) {};
    raw->forget = [](Child* self) { delete self; };
    raw->pending = 1;
    uv_close(as_handle(&child.release()->process),
             [](uv_handle_t* handle) { static_cast<Child*>(handle->data)->closed(); });
    return Error::os(-failure, "cannot start '{}'", spec.argv[0]);
  }

  raw->id = state_->next_id++;
  raw->on_line = std::move(on_line);
  raw->on_exit = std::move(on_exit);
  raw->forget = [state = state_.get()](Child* self) { state->children.erase(self->id); };
  raw->pending = 4;
  for (size_t i = 0; i < out.size(); ++i) {
    Child::Output& output = raw->outputs[i];
    output.owner = raw;
    output.open = true;
    output.pipe.data = &output;
    TB_CHECK(uv_pipe_init(&state_->loop, &output.pipe, 0) == 0);
    TB_CHECK(uv_pipe_open(&output.pipe, out[i].read.release()) == 0);
    uv_read_start(
        reinterpret_cast<uv_stream_t*>(&output.pipe),
        [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
          auto* self = static_cast<Child::Output*>(handle->data);
          *buffer = uv_buf_init(self->buffer.data(), static_cast<unsigned>(self->buffer.size()));
        },
        on_output);
  }
  raw->input = spec.input;
  raw->input_pipe.data = raw;
  TB_CHECK(uv_pipe_init(&state_->loop, &raw->input_pipe, 0) == 0);
  TB_CHECK(uv_pipe_open(&raw->input_pipe, in.write.release()) == 0);
  uv_buf_t buffer = uv_buf_init(raw->input.data(), static_cast<unsigned>(raw->input.size()));
  TB_CHECK(uv_write(&raw->write_request, reinterpret_cast<uv_stream_t*>(&raw->input_pipe), &buffer, 1,
                    on_input_written) == 0);
  ChildId id = raw->id;
  state_->children.emplace(id, std::move(child));
  return id;
}

void Loop::kill(ChildId id) {
  if (auto child = state_->children.find(id); child != state_->children.end())
    uv_process_kill(&child->second->process, SIGKILL);
}

void Loop::kill_children() {
  for (auto& [id, child] : state_->children) uv_process_kill(&child->process, SIGKILL);
}

Loop::TimerId Loop::after(int64_t milliseconds, std::function<void()> callback) {
  TimerId id = state_->next_id++;
  auto* timer = new Timer{{}, {}};
  timer->callback = [this, id, callback = std::move(callback)] {
    cancel(id);
    callback();
  };
  timer->handle.data = timer;
  TB_CHECK(uv_timer_init(&state_->loop, &timer->handle) == 0);
  uv_timer_start(
      &timer->handle,
      [](uv_timer_t* handle) {
        auto run = std::move(static_cast<Timer*>(handle->data)->callback);
        run();
      },
      static_cast<uint64_t>(std::max<int64_t>(milliseconds, 0)), 0);
  state_->timers.emplace(id, timer);
  return id;
}

void Loop::cancel(TimerId id) {
  auto timer = state_->timers.find(id);
  if (timer == state_->timers.end()) return;
  uv_close(as_handle(&timer->second->handle),
           [](uv_handle_t* handle) { delete static_cast<Timer*>(handle->data); });
  state_->timers.erase(timer);
}

void Loop::post(std::function<void()> callback) {
  {
    std::lock_guard lock(state_->posted_mutex);
    state_->posted.push_back(std::move(callback));
  }
  uv_async_send(&state_->wake);
}

}  // namespace tierbuild::build
