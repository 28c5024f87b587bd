// Ctrl-C, a request to end, a closed terminal: the first one ends the run in order, instead of ending this program at
// once and leaving a machine, a folder and a raw terminal behind.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading.Tasks;

namespace MinusOne.Ovmf.Runner.Terminals;

internal sealed class Signals : IDisposable
{
    private static readonly (PosixSignal Signal, int Number)[] s_signals =
        [(PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 3), (PosixSignal.SIGTERM, 15)];

    private readonly TaskCompletionSource<int> _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PosixSignalRegistration> _registrations;

    public Signals()
    {
        _registrations = [.. s_signals.Select(Register)];
    }

    // The number of the first signal.
    public Task<int> Received => _received.Task;

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private PosixSignalRegistration Register((PosixSignal Signal, int Number) entry) =>
        PosixSignalRegistration.Create(entry.Signal, context =>
        {
            context.Cancel = true;
            _received.TrySetResult(entry.Number);
        });
}
