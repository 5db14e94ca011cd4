// deployer: reads a Buildfile that knows one word more, `deploy`, and prints where each service goes.
#include <cstdio>
#include <iostream>
#include <string>
#include <tierbuild/host.hpp>
#include <vector>

struct Deployment {
  std::string service, region;
  int replicas;
};

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: deployer BUILDFILE\n";
    return 2;
  }
  std::vector<Deployment> deployments;

  tierbuild::HostPrimitive deploy;
  deploy.name = "deploy";
  deploy.doc = "Runs a service in a region.";
  deploy.fields = {
      {"service", tierbuild::FieldType::target, "what is run", true},
      {"region", tierbuild::FieldType::string, "where", true},
      {"replicas", tierbuild::FieldType::integer, "how often; 1 if not given"},
  };
  deploy.call = [&](const tierbuild::Invocation& call) -> tierbuild::Answer {
    const double* replicas = call["replicas"].number();
    if (replicas != nullptr && *replicas < 1)
      return tierbuild::Refusal{"a deployment needs at least one replica", "leave the line out instead"};
    deployments.push_back(
        {call["service"].text(), call["region"].text(), replicas ? static_cast<int>(*replicas) : 1});
    return call.name;  // what the call returns to the Buildfile
  };

  tierbuild::Host host;
  if (std::string problem = host.define(deploy); !problem.empty()) {
    std::cerr << problem << "\n";
    return 1;
  }
  std::vector<tierbuild::Diagnostic> diagnostics = host.evaluate(argv[1]);
  for (const auto& diagnostic : diagnostics) std::cerr << diagnostic.str() << "\n";
  if (!diagnostics.empty()) return 2;

  for (const auto& target : host.targets())
    std::cout << target.kind << " " << target.name << (target.doc.empty() ? "" : ": " + target.doc) << "\n";
  for (const auto& deployment : deployments)
    std::cout << deployment.service << " -> " << deployment.region << " x" << deployment.replicas << "\n";
  for (const auto& task : host.tasks()) std::cout << "task " << task.name << "\n";
  return 0;
}
