// A machine of several software processors, each in a thread of its own: the test's is the first. Each plays its own
// script to the guests that have their place there.

using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;

namespace MinusOne.Tests.Unit.Crew;

internal sealed unsafe class CrewMachine : IDisposable
{
    private readonly List<Thread> _threads = [];
    private readonly StringBuilder _others = new();
    private volatile bool _isOver;

    // The script of a processor other than the first.
    public CrewMachine(int processors, Action<ScriptedGuest, int> script)
    {
        Core = new CoreMachine(frames: 1000);
        Core.Machine->ProcessorCount = processors;
        Core.Settings = Core.Settings with { AreTogether = true };
        Core.Processor.Waited = () => _ = Failure == null ? true : throw Failure;
        for (int i = 1; i < processors; i++)
        {
            int number = i;
            Core.Machine->At(i)->Host = Core.Machine->At(0)->Host;
            var thread = new Thread(() => Serve(number, script)) { IsBackground = true };
            _threads.Add(thread);
            thread.Start();
        }
    }

    public CoreMachine Core { get; }

    // What failed in another thread.
    public Exception Failure { get; private set; }

    public uint Run(params string[] names) => Core.Run(string.Join(' ', names), Core.Programs(names));

    // All of them are done, and nobody comes after that.
    public string Finish()
    {
        _isOver = true;
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        return Core.Log + _others;
    }

    public void Dispose()
    {
        Finish();
        Core.Dispose();
    }

    private void Serve(int number, Action<ScriptedGuest, int> script)
    {
        SoftProcessor processor = Presets.SkylakeX();
        Cpu.Soft = processor;
        processor.HasShortPath = true;
        processor.Memory.Share(Core.Processor.Memory);
        processor.Vmx.Share(Core.Processor.Vmx);
        processor.Waited = () =>
        {
            if (_isOver)
            {
                throw new OperationCanceledException();
            }

            Thread.Yield();
        };
        script(processor.Guest, number);
        try
        {
            Orders.Serve(Core.Machine->At(number));
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception failure)
        {
            Failure = failure;
        }

        lock (_others)
        {
            _others.Append(Encoding.UTF8.GetString([.. Host.Written(Output.Log), .. Host.Written(Output.Console)]));
        }
    }
}
