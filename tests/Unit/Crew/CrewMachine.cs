// A machine of several software processors, each in a thread of its own: the test's is the first. Each plays its own
// script to the guests that have their place there.

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using System.Threading;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;

namespace MinusOne.Tests.Unit.Crew;

internal sealed unsafe class CrewMachine : IDisposable
{
    // A second is ten of the guest's: slices are as short as the tests are.
    public const ulong TicksPerMillisecond = 1_000_000;

    private const int Seconds = 60;

    private readonly List<Thread> _threads = [];
    private readonly StringBuilder _others = new();
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private readonly ConcurrentDictionary<uint, SoftProcessor> _crew = new();
    private readonly ulong _ticks;
    private volatile bool _isOver;

    // The script of a processor other than the first, and how fast the time of all of them is.
    public CrewMachine(
        int processors, Action<ScriptedGuest, int> script, ulong ticksPerMillisecond = TicksPerMillisecond)
    {
        _ticks = ticksPerMillisecond;
        Core = new CoreMachine(NewProcessor(0), frames: 1000);
        Core.Machine->ProcessorCount = processors;
        Core.Settings = Core.Settings with { AreTogether = true };
        for (int i = 1; i < processors; i++)
        {
            int number = i;
            SoftProcessor processor = NewProcessor(i);
            processor.Memory.Share(Core.Processor.Memory);
            processor.Vmx.Share(Core.Processor.Vmx);
            Core.Machine->At(i)->Host = Core.Machine->At(0)->Host;
            Core.Machine->At(i)->ApicId = (uint)i;
            var thread = new Thread(() => Serve(number, processor, script)) { IsBackground = true };
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

    private SoftProcessor NewProcessor(int number)
    {
        SoftProcessor processor = Presets.SkylakeX(_crew, Now);
        processor.HasShortPath = true;
        processor.Waited = () => Wait(number);
        _crew[(uint)number] = processor;
        return processor;
    }

    private ulong Now() => (ulong)_time.Elapsed.Ticks * _ticks / TimeSpan.TicksPerMillisecond;

    // What waits for somebody has others run.
    private void Wait(int number)
    {
        if (_isOver && number != 0)
        {
            throw new OperationCanceledException();
        }

        if (number == 0 && Failure != null)
        {
            throw new InvalidOperationException("another processor", Failure);
        }

        if (_time.Elapsed.TotalSeconds > Seconds)
        {
            throw new TimeoutException(State());
        }

        Thread.Yield();
    }

    // What all of them wait for.
    private string State()
    {
        var text = new StringBuilder();
        for (int i = 0; i < Core.Machine->ProcessorCount; i++)
        {
            HostProcessor* own = Core.Machine->At(i);
            text.Append($"{i}: {own->Order}, guests {own->Guests}, at rest {own->IsAtRest}, called {own->IsCalled}, ");
            text.AppendLine($"{Rota.Of(own)->Scheduler.Count} have turns, {_crew[(uint)i].Apic}");
        }

        VmSlot* slot = VmSlots.Of(Core.Machine)->At(0);
        text.AppendLine($"members {slot->Members:b}, {slot->Plays} to come");
        for (int i = 0; slot->Vm != null && i < slot->Vm->VcpuCount; i++)
        {
            Vcpu* vcpu = slot->Vm->At(i);
            text.Append($"{i}: slot {vcpu->Slot}, in guest {vcpu->IsInGuest}, halted {vcpu->IsHalted}, ");
            text.AppendLine($"told {vcpu->IsTold}, events {vcpu->Events.Pending}, end {slot->Vm->End}");
        }

        return text.ToString();
    }

    private void Serve(int number, SoftProcessor processor, Action<ScriptedGuest, int> script)
    {
        Cpu.Soft = processor;
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
            Failure ??= failure;
        }

        processor.Vmx.Abandon();
        lock (_others)
        {
            _others.Append(Encoding.UTF8.GetString([.. Host.Written(Output.Log), .. Host.Written(Output.Console)]));
        }
    }
}
