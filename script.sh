#!/bin/sh
# Entry point of the container: SERVICE_TYPE says which part of Vault this one is.
set -eu
cd -- "$(dirname -- "$0")"

case ${SERVICE_TYPE:-web} in
migrate) exec python manage.py prepare --no-demo ;;
web)
  python manage.py prepare --static-only
  exec granian --interface wsgi --host 0.0.0.0 --port "${PORT:-8000}" --workers "${WEB_CONCURRENCY:-2}" \
    --blocking-threads 4 --no-ws --respawn-failed-workers --workers-kill-timeout 20 \
    vault_site.wsgi:application
  ;;
worker) exec python manage.py vault_worker ${WORKER_QUEUES:+--queues "$WORKER_QUEUES"} ;;
sampler) exec python manage.py sampler ;;
*)
  echo "SERVICE_TYPE is web, worker, sampler or migrate, not ${SERVICE_TYPE}." >&2
  exit 64
  ;;
esac
