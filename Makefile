# Short names for what CONTRIBUTING.md explains.
.PHONY: build test ci lab bench proto
build:
	go build -o corridor ./cmd/corridor
test:
	go test ./...
ci:
	bash .ci/run
lab:
	go run ./cmd/corridor lab
bench: build
	./corridor bench --seconds 10 --frame 1
	./corridor bench --seconds 10 --frame 32
proto:
	protoc -I . --go_out=. --go_opt=module=corridor.example/corridor --go-grpc_out=. --go-grpc_opt=module=corridor.example/corridor session/sessionpb/session.proto
	protoc -I . --go_out=. --go_opt=module=corridor.example/corridor entry/entry.proto
