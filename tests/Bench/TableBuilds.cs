// What it takes to build a guest's tables when all memory is mapped in advance, one to one: time on this machine, by
// BenchmarkDotNet, and frames. The product maps on demand instead; this is what it saves.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;

namespace MinusOne.Tests.Bench;

public unsafe class TableBuilds
{
    private const int Frames = 4400;
    private const int PageBytes = 4096;
    private const ulong GibiByte = 1UL << 30;

    private void* _memory;
    private FramePool* _pool;

    [Params(1, 512, 4096)]
    public int Gigabytes { get; set; }

    [Params(true, false)]
    public bool HasLargestPages { get; set; }

    internal static IReadOnlyList<(string Title, double Microseconds, uint Tables)> Measure()
    {
        Job job = Job.Default.WithToolchain(InProcessNoEmitToolchain.Instance).WithWarmupCount(3)
            .WithIterationCount(5).WithIterationTime(Perfolizer.Horology.TimeInterval.FromMilliseconds(100));
        IConfig config = ManualConfig.CreateEmpty().AddJob(job).AddLogger(NullLogger.Instance)
            .AddColumnProvider(DefaultColumnProviders.Instance).WithArtifactsPath(Folders.Work);
        Summary summary = BenchmarkRunner.Run<TableBuilds>(config);
        return [.. summary.Reports.Select(Row)];
    }

    [GlobalSetup]
    public void SetUp()
    {
        _memory = NativeMemory.AlignedAlloc(Frames * PageBytes, PageBytes);
        _pool = (FramePool*)NativeMemory.AllocZeroed((nuint)sizeof(FramePool));
        var start = new Hpa((ulong)_memory);
        var range = new PhysicalRange(start, start + (ulong)(Frames * PageBytes), PhysicalKind.Hypervisor);
        if (!_pool->Initialize([range]))
        {
            throw new InvalidOperationException("no frames");
        }
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        NativeMemory.AlignedFree(_memory);
        NativeMemory.Free(_pool);
    }

    // With the tables' return, so that the next time finds what this one found.
    [Benchmark]
    public uint Build()
    {
        PageTable tables = default;
        int largest = HasLargestPages ? PageLevel.Page1G : PageLevel.Page2M;
        var all = new PageAttributes(PageRights.All, MemoryType.WriteBack);
        bool isBuilt = tables.Initialize(_pool, FrameOwner.SecondLevelTable, PageFormat.Ept, largest)
            && tables.Map(0, (ulong)Gigabytes * GibiByte, default, all) == TableStatus.Done;
        uint count = tables.Tables;
        tables.Release();
        return isBuilt ? count : throw new InvalidOperationException("the tables cannot be built");
    }

    private static (string Title, double Microseconds, uint Tables) Row(BenchmarkReport report)
    {
        var subject = new TableBuilds();
        foreach ((string name, object value) in report.BenchmarkCase.Parameters.Items.Select(p => (p.Name, p.Value)))
        {
            typeof(TableBuilds).GetProperty(name).SetValue(subject, value);
        }

        subject.SetUp();
        uint tables = subject.Build();
        subject.CleanUp();
        string size = subject.Gigabytes < 1024 ? $"{subject.Gigabytes} GiB" : $"{subject.Gigabytes / 1024} TiB";
        string title = $"EPT for {size} one to one, pages of {(subject.HasLargestPages ? "1 GiB" : "2 MiB")}";
        return (title, report.ResultStatistics.Mean / 1000, tables);
    }
}
