"""Every orchestrator of Vault, in one visible list."""

from __future__ import annotations

from domains.orchestration.registry import OrchestratorRegistry


def register_orchestrator() -> None:
    """Called once, when Django is ready."""
    OrchestratorRegistry.register("applications", "domains.applications.orchestrator.ApplicationsOrchestrator")
    OrchestratorRegistry.register("club", "domains.club.orchestrator.ClubOrchestrator")
    OrchestratorRegistry.register("identity", "domains.identity.orchestrator.IdentityOrchestrator")
    OrchestratorRegistry.register("trace", "domains.trace.orchestrator.TraceOrchestrator")
    OrchestratorRegistry.finalize_initialization()
