# The configuration that scripts/flink-cluster, which sources this, gives a cluster of this machine;
# docs/flink.md explains the settings that matter.
# shellcheck shell=bash
# Set by the script and its options.
# shellcheck disable=SC2154

settings() {
  cat <<END
jobmanager.rpc.address: localhost
jobmanager.rpc.port: $rpc_port
jobmanager.bind-host: localhost
taskmanager.host: localhost
taskmanager.bind-host: localhost
rest.address: localhost
rest.bind-address: localhost
rest.port: $rest_port
parallelism.default: $slots
taskmanager.numberOfTaskSlots: $slots
taskmanager.load-balance.mode: SLOTS
taskmanager.cpu.cores: $slots
taskmanager.memory.framework.heap.size: 128m
taskmanager.memory.framework.off-heap.size: 128m
taskmanager.memory.task.heap.size: 640m
taskmanager.memory.task.off-heap.size: 128m
taskmanager.memory.managed.size: 128m
taskmanager.memory.network.min: 96m
taskmanager.memory.network.max: 96m
taskmanager.memory.jvm-metaspace.size: 512m
taskmanager.memory.jvm-overhead.min: 192m
taskmanager.memory.jvm-overhead.max: 192m
state.backend.type: rocksdb
state.backend.incremental: true
state.checkpoints.dir: file://$folder/checkpoints
state.savepoints.dir: file://$folder/savepoints
execution.checkpointing.interval: 10 s
execution.checkpointing.min-pause: 1 s
execution.checkpointing.timeout: 10 min
execution.checkpointing.tolerable-failed-checkpoints: 10
execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION
execution.buffer-timeout.interval: 5 ms
restart-strategy.type: exponential-delay
restart-strategy.exponential-delay.initial-backoff: 1 s
restart-strategy.exponential-delay.max-backoff: 1 min
restart-strategy.exponential-delay.attempts-before-reset-backoff: 2147483647
jobmanager.execution.failover-strategy: full
heartbeat.interval: 2000
heartbeat.timeout: 20000
client.timeout: 10 min
END
  local setting
  for setting in ${set_all[@]+"${set_all[@]}"}; do
    printf '%s: %s\n' "${setting%%=*}" "${setting#*=}"
  done
}

write_configuration() {
  mkdir -p "$folder"/{conf,log,checkpoints,savepoints}
  # A setting given later takes the place of an earlier one.
  settings | awk -F': ' '!($1 in line) { key[++n] = $1 } { line[$1] = $0 }
    END { for (i = 1; i <= n; i++) print line[key[i]] }' >"$folder/conf/config.yaml"
  cat >"$folder/conf/log4j.properties" <<'END'
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = file
appender.file.name = file
appender.file.type = RollingFile
appender.file.fileName = ${sys:log.file}
appender.file.filePattern = ${sys:log.file}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 50MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 4
logger.netty.name = org.jboss.netty.channel.DefaultChannelPipeline
logger.netty.level = OFF
END
}
