"""The programs that `bench_engine` starts, each in a process of its own."""
